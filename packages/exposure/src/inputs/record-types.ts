/** Types of the IANA registry of DNS parameters that may stand in a zone (RFC 6895 s.3.1), and what providers add. */
const knownTypes: ReadonlySet<string> = new Set(
  `A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR SIG KEY PX GPOS AAAA
  LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3
  NSEC3PARAM TLSA SMIMEA HIP NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS DSYNC HHIT BRID SPF UINFO
  UID GID UNSPEC NID L32 L64 LP EUI48 EUI64 URI CAA AVC DOA AMTRELAY RESINFO WALLET CLA IPN TA DLV ALIAS`.split(
    /\s+/,
  ),
);

/** Numbers of the types that the survey reads, for `TYPE5` in place of `CNAME` (RFC 3597 s.5). */
const typeNames: ReadonlyMap<string, string> = new Map([
  ['TYPE1', 'A'],
  ['TYPE2', 'NS'],
  ['TYPE5', 'CNAME'],
  ['TYPE6', 'SOA'],
  ['TYPE12', 'PTR'],
  ['TYPE15', 'MX'],
  ['TYPE16', 'TXT'],
  ['TYPE28', 'AAAA'],
  ['TYPE33', 'SRV'],
  ['TYPE39', 'DNAME'],
  ['TYPE64', 'SVCB'],
  ['TYPE65', 'HTTPS'],
  ['ANAME', 'ALIAS'],
]);

/** The one name of a type: upper case, numbers of known types by name. ANAME counts as ALIAS. */
export function typeName(text: string): string {
  const upper = text.toUpperCase();
  return typeNames.get(upper) ?? upper;
}

/** Whether a type, as {@link typeName} gives it, exists. `TYPE` and a number up to 65535 does: it is said on purpose. */
export function isKnownType(type: string): boolean {
  return knownTypes.has(type) || (/^TYPE\d{1,5}$/.test(type) && Number(type.slice(4)) <= 65_535);
}
