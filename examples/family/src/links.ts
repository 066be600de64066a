import {
  entryUrl,
  type FamilyMember,
  type Handshake,
  type HandshakeRequest,
} from '@latchkey/session';

/**
 * The link from a page of an app to another app of the family, for whoever looks at the page: an app that they may enter
 * knows them when they arrive. Apps with the family's sessions take an invitation, others are entered by their `/sign-in`.
 */
export function linkTo(
  member: FamilyMember,
  request: HandshakeRequest,
  handshake: Handshake,
): string {
  const home = `${member.origin}/`;
  const apps = request.session.signInRecord?.apps ?? {};
  if (!Object.hasOwn(apps, member.name)) return home;
  return member.cookie === null ? entryUrl(member) : handshake.link(request, home);
}
