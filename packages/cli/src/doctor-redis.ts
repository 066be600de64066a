import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { badFinding, type Finding } from './doctor-finding.ts';

const callMilliseconds = 5_000;
const maxCharacters = 65_536;

/** A Redis that may throw out what must not come back. Null where it does not, cannot be asked, or is none. */
export async function evictionFault(store: unknown): Promise<Finding | null> {
  if (typeof store !== 'string' || !/^rediss?:\/\//.test(store)) return null;
  const policy = await evictionPolicy(store);
  if (policy === null || policy === 'noeviction') return null;
  return badFinding('store', {
    words: `Redis has maxmemory-policy ${policy}: when its memory is full it throws out the marks of what has ended, those first that end soonest, and what has ended could be found live again`,
    change: 'the Redis of store: maxmemory-policy noeviction',
  });
}

/** `maxmemory_policy` of `INFO memory`, or null. Never rejects. */
function evictionPolicy(store: string): Promise<string | null> {
  const url = new URL(store);
  const host = url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const port = Number(url.port || 6379);
  return new Promise((resolve) => {
    const socket =
      url.protocol === 'rediss:'
        ? connectTls({ host, port, servername: host })
        : connect({ host, port });
    let said = '';
    const end = (policy: string | null): void => {
      socket.destroy();
      resolve(policy);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(callMilliseconds, () => end(null));
    socket.on('error', () => end(null));
    socket.on('close', () => end(null));
    socket.on('data', (text: string) => {
      said += text;
      const policy = /^maxmemory_policy:([a-z-]{1,40})\r\n/m.exec(said)?.[1];
      if (policy !== undefined) end(policy);
      else if (said.length > maxCharacters) end(null);
    });
    socket.write(`${loginOf(url)}${command('INFO', 'memory')}${command('QUIT')}`);
  });
}

function loginOf({ username, password }: URL): string {
  if (password === '') return '';
  const [name, secret] = [username, password].map(decodeURIComponent);
  return name ? command('AUTH', name, secret ?? '') : command('AUTH', secret ?? '');
}

/** RESP: counted parts, so nothing in them can be taken for another command. */
function command(...parts: readonly string[]): string {
  const counted = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${parts.length}\r\n${counted.join('')}`;
}
