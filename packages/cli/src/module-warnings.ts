/** What Node says of a config whose package.json has no `type`, which works, and of one that it takes for CommonJS. */
const ofModules = /MODULE_TYPELESS_PACKAGE_JSON|Failed to load the ES module/;

/**
 * Leaves these warnings out of the standard error: the first is no fault, the second is said in the command's own words, and
 * beside `--json` neither may stand there. All others are printed as before.
 */
export function leaveOutModuleWarnings(from: NodeJS.Process): void {
  const printers = from.listeners('warning');
  from.removeAllListeners('warning');
  from.on('warning', (warning) => {
    const code = 'code' in warning ? String(warning.code) : '';
    if (ofModules.test(`${code} ${warning.message}`)) return;
    for (const print of printers) print(warning);
  });
}
