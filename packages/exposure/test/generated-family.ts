/** A zone with exposures that are known beforehand. */
export interface GeneratedFamily {
  readonly zone: string;
  /** The rule by host, for every planted exposure. */
  readonly planted: ReadonlyMap<string, string>;
  readonly names: number;
}

type Plant = (label: string, pick: (limit: number) => number) => Planted;

interface Planted {
  readonly records: readonly string[];
  /** The host that must be found, relative to the zone. */
  readonly host: string;
  readonly rule: string;
}

const trackers = ['x.eulerian.net', 'y.2o7.net', 'z.dnsdelegation.io'];
const networks = ['d1.cloudfront.net', 'x.edgekey.net'];

/** One way to plant for every kind of finding that a zone alone can show. */
const plants: readonly Plant[] = [
  (label, pick) => one(label, `${label} CNAME c${pick(999)}.firm${pick(99)}.net.`, 'third-party'),
  (label) => one(label, `${label} CNAME kittens.github.io.`, 'third-party'),
  (label) => one(label, `${label} CNAME x.notexample.com.`, 'third-party'),
  (label) => one(label, `${label} CNAME example.com.evil.net.`, 'third-party'),
  (label, pick) => one(label, `${label} CNAME ${trackers[pick(3)]}.`, 'third-party'),
  (label, pick) => one(label, `${label} CNAME ${networks[pick(2)]}.`, 'proxy'),
  (label) => one(label, `${label} CNAME gone-${label}.s3.amazonaws.com.`, 'dangling'),
  (label) => one(label, `${label} CNAME nothing-${label}`, 'dangling'),
  (label, pick) => one(`*.${label}`, `*.${label} CNAME x.firm${pick(99)}.net.`, 'wildcard'),
  (label, pick) => one(`*.${label}`, `${label} DNAME firm${pick(99)}.net.`, 'wildcard'),
  (label, pick) => one(label, `${label} NS ns1.firm${pick(99)}.net.`, 'delegated'),
  (label, pick) => one(label, `${label} A 198.51.100.${pick(250)}`, 'foreign-address'),
  (label, pick) => one(label, `${label} AAAA 2001:db8:ffff::${pick(250)}`, 'foreign-address'),
  (label) => one(label, `${label} CNAME ${label}`, 'unknown'),
  (label) => ({
    records: chain(label, 14),
    host: label,
    rule: 'unknown',
  }),
];

/** Names that must not be found, however they look. */
const innocents: readonly ((
  label: string,
  pick: (limit: number) => number,
) => readonly string[])[] = [
  (label, pick) => [`${label} A 192.0.2.${pick(250)}`],
  (label, pick) => [`${label} AAAA 2001:db8:1::${pick(250)}`],
  (label) => [`${label} CNAME www`],
  (label) => [`${label} CNAME lb.kittens-infra.net.`],
  (label) => [`${label} CNAME acme.accepted-desk.com.`],
  (label) => [`${label} MX 10 mx.mail-firm.net.`, `${label} TXT "v=spf1 include:mail-firm.net"`],
  (label) => [`s1._domainkey.${label} CNAME s1.dkim.mail-firm.net.`],
  (label) => [`_dmarc.${label} CNAME ${label}.dmarc-firm.net.`],
  (label) => [`_sip._tcp.${label} SRV 10 5 5060 sip.voice-firm.net.`],
  (label, pick) => [`*.${label} A 192.0.2.${pick(250)}`],
  (label) => [`*.${label} CNAME www`],
  (label) => [`${label} NS ns1`, `${label} NS ns2.kittens-infra.net.`],
  (label) => [`${label}.eulerian.net A 192.0.2.9`],
  (label) => [`${label} CAA 0 issue "ca.example.net"`],
];

/** A zone of `names` names for example.com with `exposures` planted among them; the same for the same seed. */
export function generateFamily(names: number, exposures: number, seed: number): GeneratedFamily {
  const pick = createPicker(seed);
  const lines = [
    ...['$ORIGIN example.com.', '$TTL 300', '@ SOA ns1 admin 1 7200 900 1209600 300', '@ NS ns1'],
    ...['@ A 192.0.2.1', 'ns1 A 192.0.2.2', 'www A 192.0.2.3'],
  ];
  const planted = new Map<string, string>();
  const places = new Set<number>();
  while (places.size < exposures) places.add(pick(names));
  let kind = 0;
  for (let index = 0; index < names; index += 1) {
    const label = `n${index}${pick(4) === 0 ? '.eu' : ''}`;
    if (!places.has(index)) {
      lines.push(...(innocents[pick(innocents.length)]?.(label, pick) ?? []));
      continue;
    }
    const plant = plants[kind % plants.length]?.(label, pick);
    kind += 1;
    if (plant === undefined) continue;
    lines.push(...plant.records);
    planted.set(`${plant.host}.example.com`, plant.rule);
  }
  return { zone: `${lines.join('\n')}\n`, planted, names };
}

function one(host: string, record: string, rule: string): Planted {
  return { records: [record], host, rule };
}

/** A chain inside the zone that is longer than resolvers follow; its later names are short enough. */
function chain(label: string, length: number): readonly string[] {
  const hops = Array.from(
    { length },
    (_, index) => `${index === 0 ? label : `_${index}.${label}`} CNAME _${index + 1}.${label}`,
  );
  return [...hops, `_${length}.${label} A 192.0.2.1`];
}

/** Whole numbers below a limit, by mulberry32. */
function createPicker(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
