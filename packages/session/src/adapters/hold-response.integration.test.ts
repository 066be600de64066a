import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline, Writable } from 'node:stream';
import { createHttpVisitor, type HttpAnswer } from '@latchkey/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { bigChunks, listen, nextTurn, streamOf } from '../../test/listen.ts';
import { type HoldOptions, hookResponse } from './hold-response.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Hold {
  readonly answer: HttpAnswer;
  /** What `fail` was told. */
  readonly failures: readonly unknown[];
  readonly commits: number;
}

type App = (outgoing: ServerResponse, incoming: IncomingMessage) => unknown;

const outage = new Error('the store is down');

/** How long saving takes, and how it ends. */
const savings: Readonly<Record<string, () => readonly string[] | Promise<readonly string[]>>> = {
  'at once': () => ['sid=1; Path=/'],
  'a turn later': async () => {
    await nextTurn();
    return ['sid=1; Path=/'];
  },
};

/** As `on-headers` does: a listener that is called once, when the head is written. */
function onHeaders(outgoing: ServerResponse, listener: () => void): void {
  const { writeHead } = outgoing;
  let hasFired = false;
  outgoing.writeHead = ((...args: unknown[]) => {
    if (!hasFired) {
      hasFired = true;
      listener();
    }
    return Reflect.apply(writeHead, outgoing, args);
  }) as typeof writeHead;
}

/** The ways to end an answer of nothing or of an `x`; one calls `done`. */
const everyEnd: readonly ((outgoing: ServerResponse, done?: () => void) => unknown)[] = [
  (outgoing) => outgoing.end(),
  (outgoing) => outgoing.end('x'),
  (outgoing, done) => outgoing.end(Buffer.from('x'), done),
  (outgoing) => outgoing.end('eA==', 'base64'),
  (outgoing) => outgoing.end(() => undefined),
  (outgoing) => {
    outgoing.flushHeaders();
    outgoing.end('x');
  },
  (outgoing) => {
    outgoing.writeHead(200);
    outgoing.end('x');
  },
  (outgoing) => {
    outgoing.cork();
    outgoing.write('x');
    outgoing.uncork();
    outgoing.end();
  },
];

/** Serves one request with a held response. */
async function serve(app: App, commit: HoldOptions['commit'], method = 'GET'): Promise<Hold> {
  const failures: unknown[] = [];
  let commits = 0;
  const server = createServer((incoming, outgoing) => {
    const options: HoldOptions = {
      commit(head) {
        commits += 1;
        return commit(head);
      },
      outage: (error) => (error === outage ? new Response('down', { status: 503 }) : null),
      fail(error) {
        failures.push(error);
        if (outgoing.headersSent) outgoing.destroy();
        else outgoing.writeHead(500).end('failed');
      },
    };
    hookResponse(outgoing, options).require();
    Promise.resolve(app(outgoing, incoming)).catch((error: unknown) => options.fail(error));
  });
  const { port, close } = await listen(server);
  closing.push(close);
  const answer = await createHttpVisitor(port, 'x').ask('/', { method });
  return { answer, failures, commits };
}

describe.each(Object.entries(savings))('with saving that is done %s', (_when, commit) => {
  test('calls keep their order, commit is called once, its cookie is there', async () => {
    const { answer, commits, failures } = await serve((outgoing) => {
      outgoing.setHeader('x-a', '1');
      outgoing.writeHead(201, { 'x-b': '2' });
      outgoing.write('a');
      outgoing.write('b');
      outgoing.end('c');
    }, commit);
    expect(answer).toMatchObject({
      status: 201,
      text: 'abc',
      isWhole: true,
      cookies: ['sid=1; Path=/'],
    });
    expect(answer.headers).toMatchObject({ 'x-a': '1', 'x-b': '2' });
    expect([commits, failures]).toEqual([1, []]);
  });

  test('callbacks of write and end are called, in order', async () => {
    const called: string[] = [];
    await serve(async (outgoing) => {
      outgoing.write('a', () => called.push('a'));
      outgoing.write('b', 'utf8', () => called.push('b'));
      outgoing.end('c', () => called.push('c'));
      await once(outgoing, 'finish');
    }, commit);
    expect(called).toEqual(['a', 'b', 'c']);
  });

  test('every way to end an answer works', async () => {
    for (const end of everyEnd) {
      const { answer } = await serve((outgoing) => end(outgoing), commit);
      expect(answer).toMatchObject({ status: 200, isWhole: true, cookies: ['sid=1; Path=/'] });
      expect(['', 'x']).toContain(answer.text);
    }
  });

  test('who wrapped the response later is not bypassed (compression, response time)', async () => {
    const { answer } = await serve((outgoing) => {
      const { write, end, writeHead } = outgoing;
      // As compression does: from now on every chunk goes through the wrapper.
      outgoing.write = ((chunk: string) =>
        write.call(outgoing, chunk.toUpperCase(), 'utf8')) as typeof write;
      outgoing.end = ((chunk: string) =>
        end.call(outgoing, chunk.toUpperCase(), 'utf8')) as typeof end;
      // As on-headers does: a listener that adds a header at the last moment.
      outgoing.writeHead = ((...args: unknown[]) => {
        outgoing.setHeader('x-late', 'yes');
        return Reflect.apply(writeHead, outgoing, args);
      }) as typeof writeHead;
      outgoing.write('a');
      outgoing.write('b');
      outgoing.end('c');
    }, commit);
    expect(answer).toMatchObject({ text: 'ABC', cookies: ['sid=1; Path=/'] });
    expect(answer.headers['x-late']).toBe('yes');
  });

  test('a listener that puts a cookie in the place of all others takes none of ours away', async () => {
    for (const end of everyEnd) {
      const { answer } = await serve((outgoing) => {
        onHeaders(outgoing, () => outgoing.setHeader('set-cookie', 'app=1'));
        end(outgoing);
      }, commit);
      expect([answer.status, answer.isWhole]).toEqual([200, true]);
      expect([...answer.cookies].sort()).toEqual(['app=1', 'sid=1; Path=/']);
      expect(answer.headers['cache-control']).toBe('private');
    }
  });

  test('a cookie of the same name that the app set before does not stand for ours', async () => {
    const { answer } = await serve((outgoing) => {
      outgoing.setHeader('set-cookie', 'sid=; Max-Age=0');
      outgoing.end('x');
    }, commit);
    expect(answer.cookies.at(-1)).toBe('sid=1; Path=/');
  });

  test('an answer is whole, with its cookie, where a listener is the first to touch the session', async () => {
    const asked: string[] = [];
    for (const holds of [1, 2]) {
      for (const end of everyEnd) {
        const server = createServer((_incoming, outgoing) => {
          const options = { commit, outage: () => null, fail: () => undefined };
          for (let made = 0; made < holds; made += 1) {
            const hooked = hookResponse(outgoing, options);
            onHeaders(outgoing, () => hooked.require());
          }
          end(outgoing, () => asked.push('called'));
        });
        const { port, close } = await listen(server);
        closing.push(close);
        const answer = await createHttpVisitor(port, 'x').ask('/');
        expect(answer).toMatchObject({ status: 200, isWhole: true });
        expect(['', 'x']).toContain(answer.text);
        expect(answer.cookies).toEqual(Array(holds).fill('sid=1; Path=/'));
      }
    }
    expect(asked).toHaveLength(2);
  });

  test('who wrapped it before gets its turn as well', async () => {
    const server = createServer((_incoming, outgoing) => {
      const { writeHead } = outgoing;
      outgoing.writeHead = ((...args: unknown[]) => {
        outgoing.setHeader('x-late', String(outgoing.getHeader('set-cookie')));
        return Reflect.apply(writeHead, outgoing, args);
      }) as typeof writeHead;
      hookResponse(outgoing, { commit, outage: () => null, fail: () => undefined }).require();
      outgoing.end('ok');
    });
    const { port, close } = await listen(server);
    closing.push(close);
    const { headers, text } = await createHttpVisitor(port, 'x').ask('/');
    expect([text, headers['x-late']]).toEqual(['ok', 'sid=1; Path=/']);
  });

  test('a fast source waits for a slow visitor', async () => {
    let written = 0;
    let most = 0;
    const server = createServer((_incoming, outgoing) => {
      hookResponse(outgoing, { commit, outage: () => null, fail: () => undefined }).require();
      const source = streamOf(bigChunks());
      const counting = new Writable({
        write(chunk: Buffer, _encoding, done) {
          written += chunk.length;
          if (outgoing.write(chunk)) done();
          else outgoing.once('drain', () => done());
        },
        final(done) {
          outgoing.end();
          done();
        },
      });
      pipeline(source, counting, () => undefined);
    });
    const { port, close } = await listen(server);
    closing.push(close);
    const outgoing = request({ port, host: '127.0.0.1', agent: false });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    let received = 0;
    for await (const chunk of incoming) {
      most = Math.max(most, written - received);
      received += (chunk as Buffer).length;
      await nextTurn();
    }
    expect(received).toBe(4 * 1024 * 1024);
    expect(most).toBeLessThan(received);
  });

  test('a head that Node refuses is refused where it is given, and the app may still answer', async () => {
    const mistakes: readonly [string, (outgoing: ServerResponse) => unknown][] = [
      ['ERR_INVALID_CHAR', (outgoing) => outgoing.writeHead(200, { 'x-bad': 'a\r\nb' })],
      ['ERR_INVALID_CHAR', (outgoing) => outgoing.writeHead(200, ['x-bad', 'a\r\nb'])],
      ['ERR_INVALID_CHAR', (outgoing) => outgoing.writeHead(200, 'a\r\nb')],
      ['ERR_INVALID_HTTP_TOKEN', (outgoing) => outgoing.writeHead(200, { 'bad name': 'x' })],
      ['ERR_HTTP_INVALID_HEADER_VALUE', (outgoing) => outgoing.writeHead(200, { x: undefined })],
      ['ERR_HTTP_INVALID_STATUS_CODE', (outgoing) => outgoing.writeHead(99)],
      ['ERR_HTTP_INVALID_STATUS_CODE', (outgoing) => outgoing.writeHead(1000)],
    ];
    for (const [code, mistake] of mistakes) {
      const { answer, failures } = await serve((outgoing) => {
        expect(() => mistake(outgoing)).toThrow(expect.objectContaining({ code }));
        outgoing.writeHead(422).end('wrong');
      }, commit);
      expect(answer).toMatchObject({ status: 422, text: 'wrong', cookies: ['sid=1; Path=/'] });
      expect(failures).toEqual([]);
    }
  });

  test('an invalid chunk is told to the app or to fail, and ends the answer as a 500', async () => {
    const mistakes: readonly App[] = [
      (outgoing) => outgoing.end(17 as unknown as string),
      (outgoing) => outgoing.write({} as unknown as string),
    ];
    for (const mistake of mistakes) {
      const { answer, failures } = await serve(async (outgoing, incoming) => {
        mistake(outgoing, incoming);
      }, commit);
      expect(answer).toMatchObject({ status: 500, text: 'failed' });
      expect(failures).toHaveLength(1);
    }
  });

  test('a 204, a 304 and a HEAD have their cookie and no body', async () => {
    for (const [status, method] of [
      [204, 'GET'],
      [304, 'GET'],
      [200, 'HEAD'],
    ] as const) {
      const { answer } = await serve(
        (outgoing) => outgoing.writeHead(status).end(),
        commit,
        method,
      );
      expect(answer).toMatchObject({ status, text: '', cookies: ['sid=1; Path=/'], isWhole: true });
    }
  });
});

describe('while it is held', () => {
  const slowly = savings['a turn later'] as HoldOptions['commit'];

  test('the headers look sent, and what is changed of them does not count', async () => {
    const seen: boolean[] = [];
    const look = (outgoing: ServerResponse): void =>
      void seen.push(outgoing.headersSent, outgoing.writableEnded);
    const sent = expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' });
    const { answer } = await serve((outgoing) => {
      outgoing.setHeader('x-kept', '1');
      outgoing.setHeader('set-cookie', ['own=1']);
      outgoing.statusCode = 202;
      look(outgoing);
      outgoing.write('fir');
      look(outgoing);
      outgoing.end('st');
      look(outgoing);
      outgoing.statusCode = 500;
      // As Node refuses it: so an app learns that it answers twice.
      expect(() => outgoing.setHeader('x-kept', '2')).toThrow(sent);
      expect(() => outgoing.setHeaders(new Map([['x-more', '3']]))).toThrow(sent);
      expect(() => outgoing.appendHeader('x-more', '3')).toThrow(sent);
      expect(() => outgoing.removeHeader('set-cookie')).toThrow(sent);
      expect(() => outgoing.writeHead(200)).toThrow(sent);
    }, slowly);
    expect(seen).toEqual([false, false, true, false, true, true]);
    expect(answer).toMatchObject({ status: 202, text: 'first', isWhole: true });
    expect(answer.headers['x-kept']).toBe('1');
    expect(answer.headers['x-more']).toBe(undefined);
    expect(answer.cookies).toEqual(['own=1', 'sid=1; Path=/']);
  });

  test('a headers object that is changed afterwards leaves as it was', async () => {
    const { answer } = await serve((outgoing) => {
      const headers: Record<string, string> = { 'content-length': '5', 'x-a': '1' };
      outgoing.writeHead(200, headers);
      outgoing.end('first');
      headers['content-length'] = '0';
    }, slowly);
    expect(answer).toMatchObject({ text: 'first', isWhole: true });
  });

  test('a second end and writes after the end are dropped, their callbacks called', async () => {
    const called: string[] = [];
    const { answer, failures } = await serve(async (outgoing) => {
      outgoing.end('first');
      outgoing.end('second', () => called.push('end'));
      outgoing.write('third', () => called.push('write'));
      await once(outgoing, 'finish');
    }, slowly);
    expect(answer).toMatchObject({ text: 'first', isWhole: true });
    expect([called, failures]).toEqual([['end', 'write'], []]);
  });

  test('write says that the caller has to wait, and drain says when it may go on', async () => {
    const { answer } = await serve(async (outgoing) => {
      expect(outgoing.write('a')).toBe(false);
      await once(outgoing, 'drain');
      expect(outgoing.headersSent).toBe(true);
      expect(outgoing.write('b')).toBe(true);
      outgoing.end();
    }, slowly);
    expect(answer.text).toBe('ab');
  });

  test('a visitor who leaves meanwhile harms nobody', async () => {
    let release: (lines: readonly string[]) => void = () => undefined;
    const commit = (): Promise<readonly string[]> =>
      new Promise((resolve) => {
        release = resolve;
      });
    const errors: unknown[] = [];
    const server = createServer((incoming, outgoing) => {
      if (incoming.url === '/alive') {
        outgoing.end('alive');
        return;
      }
      outgoing.on('error', (error) => errors.push(error));
      outgoing.on('close', () => release(['sid=1']));
      hookResponse(outgoing, {
        commit,
        outage: () => null,
        fail: (error) => errors.push(error),
      }).require();
      outgoing.writeHead(200, { 'x-a': '1' });
      outgoing.write('a');
      outgoing.end('b');
    });
    const { port, close } = await listen(server);
    closing.push(close);
    const outgoing = request({ port, host: '127.0.0.1', path: '/gone', agent: false });
    outgoing.on('error', () => undefined);
    outgoing.end();
    await once(server, 'request');
    outgoing.destroy();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect((await createHttpVisitor(port, 'x').ask('/alive')).text).toBe('alive');
    expect(errors).toEqual([]);
  });
});

describe('when saving fails', () => {
  const failing: readonly HoldOptions['commit'][] = [
    () => {
      throw outage;
    },
    async () => {
      await nextTurn();
      throw outage;
    },
  ];

  test.each(failing)(
    'the page leaves instead, with nothing of the app’s headers but what holds for every answer',
    async (commit) => {
      const { answer, failures } = await serve((outgoing) => {
        outgoing.setHeader('set-cookie', 'own=1');
        outgoing.setHeader('content-encoding', 'gzip');
        outgoing.setHeader('content-length', 3);
        outgoing.setHeader('etag', '"x"');
        outgoing.setHeader('x-frame-options', 'DENY');
        outgoing.setHeader('x-accel-redirect', '/files/1');
        outgoing.writeHead(303, 'Elsewhere', {
          location: '/read',
          'access-control-allow-origin': 'https://toys.example',
          'content-security-policy': "default-src 'none'",
        });
        outgoing.end('app');
      }, commit);
      expect(answer).toMatchObject({ status: 503, text: 'down', cookies: [], isWhole: true });
      expect(Object.keys(answer.headers).sort()).toEqual([
        'access-control-allow-origin',
        'connection',
        'content-length',
        'content-security-policy',
        'content-type',
        'date',
        'x-frame-options',
      ]);
      expect(failures).toEqual([]);
    },
  );

  test.each(failing)('a stream that goes on writing is swallowed, and ends', async (commit) => {
    const ended: unknown[] = [];
    const { answer } = await serve(async (outgoing) => {
      pipeline(streamOf(bigChunks()), outgoing, (error) => ended.push(error));
      await once(outgoing, 'finish');
      outgoing.write('more');
      outgoing.writeHead(200);
      outgoing.flushHeaders();
      outgoing.end('more');
    }, commit);
    expect(answer).toMatchObject({ status: 503, text: 'down', isWhole: true });
    await nextTurn();
    expect(ended).toHaveLength(1);
  });

  test('for another reason fail is told, once, and can answer', async () => {
    const broken = new Error('a cycle');
    for (const commit of [
      () => {
        throw broken;
      },
      () => Promise.reject(broken),
    ]) {
      const { answer, failures } = await serve((outgoing) => {
        outgoing.setHeader('content-length', 3);
        outgoing.end('app');
      }, commit);
      expect(answer).toMatchObject({ status: 500, text: 'failed', isWhole: true });
      expect(failures).toEqual([broken]);
    }
  });

  test('for another reason a stream that goes on does not end the process', async () => {
    const { answer, failures } = await serve(
      async (outgoing) => {
        outgoing.write('a');
        for (let turn = 0; turn < 5; turn += 1) {
          await nextTurn();
          outgoing.write('more');
        }
        outgoing.end('last');
      },
      () => Promise.reject(new Error('a cycle')),
    );
    expect(answer).toMatchObject({ status: 500, text: 'failed' });
    expect(failures).toHaveLength(1);
  });
});

test('a response whose headers were sent before is left alone', async () => {
  let commits = 0;
  const server = createServer((_incoming, outgoing) => {
    outgoing.flushHeaders();
    const before = outgoing.end;
    const commit = (): string[] => {
      commits += 1;
      return [];
    };
    hookResponse(outgoing, { commit, outage: () => null, fail: () => undefined }).require();
    expect(outgoing.end).toBe(before);
    outgoing.end('ok');
  });
  const { port, close } = await listen(server);
  closing.push(close);
  expect((await createHttpVisitor(port, 'x').ask('/')).text).toBe('ok');
  expect(commits).toBe(0);
});
