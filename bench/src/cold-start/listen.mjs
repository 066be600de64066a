/** Prints the port once it is open, and the CPU time of the process (microseconds) after its first answer. */
export function listen(server) {
  server.on('request', (_request, response) =>
    response.on('finish', () => {
      const { user, system } = process.cpuUsage();
      process.stdout.write(`${user + system}\n`);
    }),
  );
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
}
