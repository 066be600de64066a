import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { surveyOffline } from '../survey-offline.ts';
import type { InputRecords } from './dns-record.ts';
import { type IncludeResult, parseZoneFile } from './zone-file.ts';

function parse(text: string, origin = 'kittens.test'): InputRecords {
  return parseZoneFile(text, { file: 'zone', origin });
}

/** `owner type value` of each record. */
function linesOf(text: string, origin?: string): readonly string[] {
  const { records, errors } = parse(text, origin);
  expect(errors).toEqual([]);
  return records.map(({ owner, type, value }) => `${owner} ${type} ${value}`);
}

function problemsOf(text: string): readonly string[] {
  return parse(text).errors.map(({ line, reason }) => `${line} ${reason}`);
}

describe('names of a master file', () => {
  test('are relative to the origin, which $ORIGIN changes, itself relatively too', () => {
    const text = ['www A 10.0.0.1', '$ORIGIN dev', 'www A 10.0.0.2', '@ A 10.0.0.3'];
    text.push('$ORIGIN puppies.test.', 'www CNAME shop', 'x.ponies.test. CNAME @');
    expect(linesOf(text.join('\n'))).toEqual([
      'www.kittens.test A 10.0.0.1',
      'www.dev.kittens.test A 10.0.0.2',
      'dev.kittens.test A 10.0.0.3',
      'www.puppies.test CNAME shop.puppies.test',
      'x.ponies.test CNAME puppies.test',
    ]);
  });

  test('left blank repeat the owner before', () => {
    expect(linesOf('www A 10.0.0.1\n\t\tAAAA ::1\n\n ; a comment\n  TXT "x"')).toEqual([
      'www.kittens.test A 10.0.0.1',
      'www.kittens.test AAAA ::1',
      'www.kittens.test TXT x',
    ]);
  });

  test('may be wildcards, hold escapes and wide characters', () => {
    const text = '*.dev CNAME a\\.b\nx\\032y A 10.0.0.1\nbücher A 10.0.0.2\n\\042 A 10.0.0.3';
    expect(linesOf(text)).toEqual([
      '*.dev.kittens.test CNAME a\\.b.kittens.test',
      'x\\032y.kittens.test A 10.0.0.1',
      'xn--bcher-kva.kittens.test A 10.0.0.2',
      '*.kittens.test A 10.0.0.3',
    ]);
  });

  test('are taken from the file name where nothing says the zone', () => {
    for (const file of ['zones/kittens.test.zone', 'db.kittens.test', 'kittens.test']) {
      const { records } = parseZoneFile('www A 10.0.0.1', { file });
      expect(records[0]?.owner).toBe('www.kittens.test');
    }
    const { errors } = parseZoneFile('www A 10.0.0.1', { file: 'zone' });
    expect(errors.map(({ reason }) => reason)).toEqual(['bad-name']);
  });
});

test('the owner of an SOA written in full is the origin, whatever the file is called', () => {
  const text =
    'kittens.test. SOA a. b. 1 2 3 4 5\nwww A 10.0.0.1\n$ORIGIN x.test.\nb.test. SOA a. b. 1 2 3 4 5\nc A 10.0.0.1\na.b.test. A 10.0.0.1';
  for (const file of ['zone', 'backup.of.monday']) {
    const { records, errors } = parseZoneFile(text, { file });
    expect(errors).toEqual([]);
    expect(records.map(({ owner }) => owner)).toEqual([
      ...['kittens.test', 'www.kittens.test', 'b.test', 'c.x.test', 'a.b.test'],
    ]);
  }
});

describe('the zone of a file', () => {
  const tail = '@ A 10.0.0.1\nhelp CNAME x.elsewhere.test.\n';
  const zonesIn = (text: string, file: string): readonly string[] => {
    const { zones, records, errors } = parseZoneFile(text, { file });
    expect(errors).toEqual([]);
    expect(records.map(({ owner }) => owner)).toContain('help.kittens.example');
    return zones.map(({ apex, via }) => `${apex} ${via}`);
  };

  test.each([
    'kittens.example.zone.signed',
    'kittens.example.external',
    'pri.kittens.example',
    'db.kittens.example.internal',
    'kittens.example (1).txt',
    '2026-11-28_kittens.example.zone',
    'kittens.example-20261128.db',
    'kittens.example.zone.20261128',
    'named.kittens.example.bak~',
    'zones/kittens.example.dns',
  ])('is read from the name %s', (file) => {
    expect(zonesIn(`@ SOA a b 1 2 3 4 5\n${tail}`, file)).toEqual(['kittens.example file-name']);
  });

  test.each(['kittens.zone', 'zone', 'export.txt', 'db.root'])('is not read from %s', (file) => {
    const { errors } = parseZoneFile(`@ SOA a b 1 2 3 4 5\n${tail}`, { file });
    expect(errors[0]?.reason).toBe('bad-name');
  });

  test.each(['kittens.example.txt', 'export.txt', 'other.example.zone', 'backup.monday'])(
    'is the owner of an SOA that lacks its final dot, in %s',
    (file) => {
      const text =
        'kittens.example SOA a. b. 1 2 3 4 5\nkittens.example. NS a.\nhelp.kittens.example. A 10.0.0.1';
      expect(zonesIn(text, file)).toEqual(['kittens.example soa']);
    },
  );

  test('is the written one where an SOA lacks its dot below an origin in which nothing else lies', () => {
    const text =
      '$ORIGIN x.example.\nkittens.example SOA a. b. 1 2 3 4 5\n  NS a.\nhelp.kittens.example. A 10.0.0.1';
    expect(zonesIn(text, 'zone')).toEqual(['kittens.example soa']);
  });

  test.each(['kittens.example.zone', 'pri.dev.kittens.example', 'zone'])(
    'is that of an $ORIGIN without its final dot, in %s',
    (file) => {
      expect(zonesIn(`$ORIGIN kittens.example\n@ SOA a b 1 2 3 4 5\n${tail}`, file)).toEqual([
        'kittens.example soa',
      ]);
    },
  );

  test('that is the root stands for the domains below it', () => {
    const text =
      '$ORIGIN .\n@ SOA kittens.example. root 1 2 3 4 5\nhelp.kittens.example. A 10.0.0.1';
    expect(zonesIn(text, 'old.txt')).toEqual(['kittens.example names']);
  });

  test('in which nothing lies, while records lie elsewhere, is an error', () => {
    const text = 'exmaple.test. SOA a. b. 1 2 3 4 5\nwww.example.test. A 10.0.0.1';
    const { errors } = parseZoneFile(text, { file: 'zone' });
    expect(errors).toMatchObject([{ line: 1, reason: 'bad-apex' }]);
  });

  test('of a file without SOA is the registrable domain of each of its names, and not complete', () => {
    const { zones } = parseZoneFile(
      '$ORIGIN dev.kittens.example.\n@ NS a.x.test.\ntoys.example. A 10.0.0.1',
      {
        file: 'fragment',
      },
    );
    expect(zones).toMatchObject([
      { apex: 'kittens.example', complete: false, via: 'names' },
      { apex: 'toys.example', complete: false, via: 'names' },
    ]);
  });

  test('with an origin repeated in names is not doubled where the name of the file alone says it', () => {
    const { records } = parseZoneFile('www.kittens.example A 10.0.0.1', {
      file: 'kittens.example',
    });
    expect(records[0]?.owner).toBe('www.kittens.example');
  });
});

describe('entries of a master file', () => {
  test('have TTL and class in either order, or neither', () => {
    const text = [
      'a 300 IN A 10.0.0.1',
      'b IN 300 A 10.0.0.1',
      'c IN A 10.0.0.1',
      'd 1h30m A 10.0.0.1',
    ];
    expect(linesOf(`$TTL 1d\n${text.join('\n')}\ne A 10.0.0.1\nf CLASS1 TYPE1 10.0.0.1`)).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((owner) => `${owner}.kittens.test A 10.0.0.1`),
    );
  });

  test('go over lines inside parentheses, with comments', () => {
    const text =
      '@ IN SOA ns hostmaster ( 1 ; serial\n  3600 600\n 86400 60 )\nwww ( A\n 10.0.0.1 )';
    const { records, errors, zones } = parse(text);
    expect(errors).toEqual([]);
    expect(records.map(({ type, source }) => `${source.line} ${type}`)).toEqual(['1 SOA', '4 A']);
    expect(zones).toMatchObject([{ apex: 'kittens.test', complete: true }]);
  });

  test('keep what is quoted, semicolons, parentheses and escaped quotes included', () => {
    expect(linesOf('@ TXT "a;b (c" "d\\"e" ; f\nwww A 10.0.0.1')).toEqual([
      'kittens.test TXT a;b (c d\\"e',
      'www.kittens.test A 10.0.0.1',
    ]);
  });

  test('of other classes are left out, types without a name are kept as they are', () => {
    expect(linesOf('a CH TXT "x"\nb TYPE65280 \\# 2 abcd')).toEqual([
      'b.kittens.test TYPE65280 \\# 2 abcd',
    ]);
  });

  test('of services hold their target, whatever the parameters', () => {
    const octets = '\\# 9 0001 03 777777 00 0001';
    expect(
      linesOf(
        `@ HTTPS 0 shop.elsewhere.test.\na HTTPS 1 . alpn=h2\nb SVCB 1 x port=8\nc TYPE65 ${octets}`,
      ),
    ).toEqual([
      'kittens.test HTTPS shop.elsewhere.test',
      'a.kittens.test HTTPS .',
      'b.kittens.test SVCB x.kittens.test',
      'c.kittens.test HTTPS www',
    ]);
  });

  test('of class AWS are the aliases of cli53', () => {
    const text =
      '@ 86400 AWS ALIAS A d1.cloudfront.test. Z2FD false\nw AWS ALIAS AAAA www $self true';
    expect(linesOf(`${text}\nm AWS ALIAS MX x $self true`)).toEqual([
      'kittens.test ALIAS d1.cloudfront.test',
      'w.kittens.test ALIAS www.kittens.test',
    ]);
  });

  test('in the form for unknown types are read where the type is known', () => {
    const name = '\\# 14 03777777 0474657374 03 6e6574 00';
    expect(
      linesOf(`a TYPE1 \\# 4 0A000001\nb AAAA \\# 16 ${'0'.repeat(31)}1\nc TYPE5 ${name}`),
    ).toEqual([
      'a.kittens.test A 10.0.0.1',
      'b.kittens.test AAAA ::1',
      'c.kittens.test CNAME www.test.net',
    ]);
  });

  test('of all the usual types are read', () => {
    const text = [
      '@ SOA ns1 hostmaster 1 2 3 4 5',
      '@ NS ns1',
      '@ MX 10 mail',
      '@ CAA 0 issue "ca.test"',
      '_sip._tcp SRV 0 5 5060 sip',
      'd DNAME elsewhere.test.',
      '1 PTR host',
      'cname CNAME x.test.',
      'alias ALIAS x.test.',
      'aname ANAME x.test.',
    ];
    expect(linesOf(text.join('\n')).map((line) => line.split(' ')[1])).toEqual([
      ...['SOA', 'NS', 'MX', 'CAA', 'SRV', 'DNAME', 'PTR', 'CNAME', 'ALIAS', 'ALIAS'],
    ]);
  });

  test('are read the same with carriage returns and a byte order mark', () => {
    expect(linesOf('\uFEFFwww A 10.0.0.1\r\nb A 10.0.0.2\r\n')).toEqual([
      'www.kittens.test A 10.0.0.1',
      'b.kittens.test A 10.0.0.2',
    ]);
  });
});

describe('$GENERATE', () => {
  test('makes an entry for each number', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is BIND's form, not a template.
    expect(linesOf('$GENERATE 1-5/2 h$ A 10.0.0.$\n$GENERATE 9-10 ${1,3,x} CNAME h\\$')).toEqual([
      'h1.kittens.test A 10.0.0.1',
      'h3.kittens.test A 10.0.0.3',
      'h5.kittens.test A 10.0.0.5',
      '00a.kittens.test CNAME h\\$.kittens.test',
      '00b.kittens.test CNAME h\\$.kittens.test',
    ]);
  });

  test('of more than 65,536 entries, or 200,000 in a file, is refused', () => {
    expect(problemsOf('$GENERATE 0-65536 h$ A 10.0.0.1')).toEqual(['1 bad-directive']);
    const text = '$GENERATE 1-65536 h$ A 10.0.0.1\n'.repeat(4);
    expect(problemsOf(text)).toEqual(['4 too-many-records']);
  }, 30_000);
});

describe('an error of a master file', () => {
  test.each([
    ['www A 1.2.3', '1 bad-address'],
    ['www AAAA 10.0.0.1', '1 bad-address'],
    ['www A', '1 bad-data'],
    ['www CNAME a b', '1 bad-data'],
    ['www TYPE1 \\# 4 0a', '1 bad-data'],
    ['www TYPE28 \\# 2 0a0a', '1 bad-address'],
    ['www CNAME a..b', '1 bad-name'],
    ['a..b A 10.0.0.1', '1 bad-name'],
    ['www', '1 bad-syntax'],
    ['\n\nwww 300 "A" 10.0.0.1', '3 bad-syntax'],
    [' A 10.0.0.1', '1 no-owner'],
    ['a..b A 10.0.0.1\n A 10.0.0.1', '1 bad-name 2 no-owner'],
    ['www TXT "open\nb A 10.0.0.1', '1 unclosed-quote'],
    ['www A ) 10.0.0.1', '1 bad-syntax'],
    ['ok A 10.0.0.1\nwww A ( 10.0.0.1\nb A 10.0.0.1', '2 unclosed-parenthesis'],
    ['blog CNMAE x.test.', '1 unknown-type'],
    ['c NEWTYPE some data', '1 unknown-type'],
    ['a TYPE65536 \\# 0', '1 unknown-type'],
    ['a A 10.0.0.1\n  help IN CNAME x.test.', '2 unknown-type'],
    ['a A 10.0.0.1\n  mx 300 IN A 10.0.0.2', '2 unknown-type'],
    ['a A 10.0.0.1\n  cert IN CNAME x.test.', '2 unknown-type'],
    ['a A 10.0.0.1\n  key CNAME x.test.', '2 unknown-type'],
    ['a HTTPS www.test.', '1 bad-data'],
    ['a AWS ALIAS A', '1 bad-data'],
    ['$ORIGIN sub.kittens.test\n', '1 bad-directive'],
    ['$FOO bar', '1 unknown-directive'],
    ['$ORIGIN', '1 bad-directive'],
    ['$TTL soon', '1 bad-ttl'],
    ['www 4294967296 A 10.0.0.1', '1 bad-ttl'],
    ['$INCLUDE other', '1 include-refused'],
  ])('in %j is told with its line: %s', (text, problems) => {
    expect(problemsOf(text).join(' ')).toBe(problems);
  });

  test('does not stop the rest, but the zone is no longer complete', () => {
    const { records, zones } = parse('@ SOA a b 1 2 3 4 5\nbad A 1\nwww A 10.0.0.1');
    expect(records.map(({ owner }) => owner)).toEqual(['kittens.test', 'www.kittens.test']);
    expect(zones).toMatchObject([{ apex: 'kittens.test', complete: false }]);
  });

  test('is counted, not listed, after a hundred', () => {
    const { errors } = parse('nonsense\n'.repeat(150));
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)?.message).toBe('50 more errors are not listed.');
  });
});

describe("Cloudflare's marks", () => {
  test('make a proxied CNAME an alias and leave others', () => {
    const text =
      'a CNAME x.test. ; cf_tags=cf-proxied:true\nb CNAME x.test. ; cf_tags=cf-proxied:false';
    const { records } = parse(`${text}\nc A 10.0.0.1 ; words cf_tags=team:web,cf-proxied:true`);
    expect(records.map(({ type, proxied }) => `${type} ${proxied}`)).toEqual([
      'ALIAS true',
      'CNAME false',
      'A true',
    ]);
  });
});

describe('$INCLUDE', () => {
  const files: Record<string, string> = {
    inner: 'a A 10.0.0.1\n$ORIGIN deep\nb A 10.0.0.2',
    itself: '$INCLUDE itself',
    ping: '$INCLUDE pong',
    pong: '$INCLUDE ping',
  };
  const include = (path: string): IncludeResult => {
    const text = files[path] ?? (path.startsWith('n') ? `$INCLUDE n${path}` : null);
    if (text === null) return { kind: 'problem', reason: 'unreadable', message: 'No such file.' };
    return { kind: 'text', file: path, text };
  };
  const read = (text: string): InputRecords =>
    parseZoneFile(text, { file: 'main', origin: 'kittens.test', include });

  test('reads the file with its origin and gives origin and owner back', () => {
    const { records, errors } = read(
      'www A 10.0.0.9\n$INCLUDE inner sub ; why\n AAAA ::1\nx A 10.0.0.3',
    );
    expect(errors).toEqual([]);
    expect(records.map(({ owner, source }) => `${owner} ${source.file}:${source.line}`)).toEqual([
      'www.kittens.test main:1',
      'a.sub.kittens.test inner:1',
      'b.deep.sub.kittens.test inner:3',
      'www.kittens.test main:3',
      'x.kittens.test main:4',
    ]);
  });

  test.each([
    ['$INCLUDE itself', 'include-cycle'],
    ['$INCLUDE ping', 'include-cycle'],
    ['$INCLUDE main', 'unreadable'],
    ['$INCLUDE missing', 'unreadable'],
    ['$INCLUDE n', 'too-many-includes'],
  ])('in %j ends with %s', (text, reason) => {
    expect(read(text).errors.map((error) => error.reason)).toEqual([reason]);
  });
});

test('more than a thousand included files are refused', () => {
  const include = (file: string): IncludeResult => ({ kind: 'text', file, text: '' });
  const text = '$INCLUDE inner\n'.repeat(1_001);
  const { errors } = parseZoneFile(text, { file: 'main', include });
  expect(errors.map(({ line, reason }) => `${line} ${reason}`)).toEqual(['1001 too-many-includes']);
});

describe('hostile master files', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        '@',
        ' ',
        '\n',
        '\n ',
        '\t',
        '(',
        ')',
        '"',
        ';',
        '\\',
        '\\0',
        '\\# 4',
        '*.',
        '..',
        '\r\n',
      ],
      ...['$ORIGIN', '$TTL', '$INCLUDE x', '$GENERATE 1-9 a$ A 10.0.0.$', '$'],
      ...['IN', 'CH', 'A', 'AAAA', 'CNAME', 'DNAME', 'NS', 'SOA a b 1 2 3 4 5', 'TXT', 'ALIAS'],
      ...['10.0.0.1', '::1', '3600', '1h', 'www', 'a.b', 'x.kittens.test.', '.', 'bücher'],
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const file = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(' '));

  test('are read or refused line by line, and surveyed, without a throw', () => {
    fc.assert(
      fc.property(file, (text) => {
        const inputs = parse(text);
        const lines = text.split('\n').length;
        for (const { line } of inputs.errors) expect(line).toBeLessThanOrEqual(lines);
        surveyOffline(inputs);
      }),
      { numRuns: fuzzRuns },
    );
  }, 300_000);

  test('of one endless name, one endless word or many addresses end', () => {
    const long = 'a.'.repeat(500_000);
    expect(parse(`${long} A 10.0.0.1`).errors).toHaveLength(1);
    expect(parse('('.repeat(500_000)).errors).toHaveLength(1);
    expect(parse(`"${'\\"'.repeat(500_000)}`).errors).toHaveLength(2);
    const many = Array.from(
      { length: 50_000 },
      (_, at) => ` A 10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`,
    );
    const { hosts } = surveyOffline(parse(`www A 10.9.9.9\n${many.join('\n')}`));
    expect(hosts).toHaveLength(1);
  }, 30_000);

  test('of many names that all point at all others end', () => {
    const names = Array.from({ length: 60 }, (_, at) => `n${at}`);
    const text = names.flatMap((from) => names.map((to) => `${from} CNAME ${to}`)).join('\n');
    expect(surveyOffline(parse(text)).hosts).toHaveLength(60);
  });
});
