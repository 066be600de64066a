import { html } from 'hono/html';
import type { Html } from '../html.ts';
import { createFormats, type Formats } from './formats.ts';
import type { MailWords } from './mail-words.ts';

const formats: Formats = createFormats('en-GB');
const { plural, ago, list } = formats;

/**
 * Everything that the login host says in English; its type is that of every language. A section for each page, in the order
 * of the alphabet; a sentence with values is a function, so that each language puts them where they belong. Apps are given
 * by their titles.
 */
export const en = {
  /** BCP 47. */
  tag: 'en',
  formats: formats as Formats,
  /** Links and buttons that many pages have. */
  actions: {
    home: 'Home page',
    signIn: 'Sign in',
    signOut: 'Sign out',
    tryAgain: 'Try again',
    otherAccount: 'Use another account',
    backTo: (app: string): string => `Back to ${app}`,
  },
  /** At the foot of every page. */
  footer: { label: 'About this service', terms: 'Terms', privacy: 'Privacy', support: 'Help' },
  approvals: {
    title: 'Requests',
    all: 'All requests',
    none: 'Nobody is waiting. You get a mail when somebody asks.',
    accounts: 'Accounts',
    apps: 'Access to apps',
    done: {
      granted: 'They may enter the app now, and are told by mail.',
      denied: 'The request is turned down, and they are told by mail.',
      approved: 'They can sign in now, and are told by mail.',
      deniedAccount: 'There is no account, and they are told by mail.',
    },
    wantsAccount: (name: string): string => `${name} asks for an account`,
    decideOnAccount: (name: string): string => `Decide on the account of ${name}`,
    approve: 'Approve account',
    denyAccountHint: 'The person reads it by mail. The account is deleted.',
    asks: (name: string, app: string): string => `${name} asks for ${app}`,
    decide: 'Decide',
    decideOn: (name: string, app: string): string => `Decide on the request of ${name} for ${app}`,
    address: 'Address',
    asked: 'Asked',
    reason: 'Reason',
    noReason: 'none given',
    own: 'This is your own request. Somebody else has to decide on it.',
    until: 'Last day of access (optional)',
    untilHint: 'Leave it empty for access without an end. Days are those of UTC.',
    untilPast: 'Choose today or a day to come.',
    role: 'Role',
    noRole: 'No role',
    unknownRole: 'The app has no such role.',
    grant: 'Grant access',
    denyTitle: 'Or turn it down',
    denyReason: 'Reason (optional)',
    denyHint: 'The person reads it by mail.',
    deny: 'Turn down',
    decidedTitle: 'This was decided already',
    decided: (what: {
      readonly name: string;
      readonly app: string;
      readonly isGranted: boolean;
      readonly by: string | null;
    }): string =>
      `${what.by ?? 'An operator'} ${what.isGranted ? 'let' : 'did not let'} ${what.name} into ${what.app}. Nothing was changed.`,
  },
  confirm: {
    title: 'Make your account',
    intro: (email: string): Html =>
      html`The account is for <strong>${email}</strong>. If that is not your address, close this page.`,
    asksFor: (app: string): Html => html`With it you ask for access to <strong>${app}</strong>.`,
    name: 'Your name',
    nameHint: 'As other people here should see it.',
    passwordHint: (characters: number): string =>
      `At least ${characters} characters. A few words that do not belong together are easy to remember and hard to guess.`,
    submit: 'Make the account',
    problems: {
      'name-invalid': 'A name has 1 to 100 characters and no special signs.',
      'password-too-short': 'The password is too short.',
      'password-too-long': 'The password is too long: at most 256 characters.',
      'password-common':
        'This password is easy to guess: it is well known, follows a pattern, or is made of your name or address.',
    },
    refused: {
      unknown: {
        title: 'This link does not work',
        text: 'It is not complete, or a newer one has taken its place: the link in the latest mail counts.',
      },
      expired: {
        title: 'This link is too old',
        text: 'Links in mails work for a limited time, so that nobody finds one later.',
      },
      used: {
        title: 'This link was used before',
        text: 'The account has been made. You can sign in with the password you chose.',
      },
      withdrawn: {
        title: 'This invitation was withdrawn',
        text: 'It was taken back, or a newer one was sent to the same address.',
      },
      closed: {
        title: 'No accounts are made at present',
        text: 'Registration was closed after the mail was sent.',
      },
      'email-taken': {
        title: 'There is an account already',
        text: 'An account with your address was made in the meantime. Sign in with it.',
      },
    },
    askWhoInvited: 'Ask whoever invited you for a new invitation.',
  },
  devices: {
    title: 'Your devices',
    intro:
      'These browsers are signed in with your account. If you do not know one of them, sign it out and ask an administrator for a new password.',
    done: {
      one: 'That device is signed out of every app.',
      others: 'All your other devices are signed out of every app.',
      gone: 'That device is not signed in any more.',
    },
    signOutOthers: 'Sign out all my other devices',
    nowhereElse: 'You are signed in nowhere else.',
    thisDevice: 'This device',
    unknown: 'Unknown device',
    browserOn: (browser: string | null, system: string): string =>
      `${browser ?? 'A browser'} on ${system}`,
    lastUsed: 'Last used',
    signedIn: 'Signed in',
    keptSignedIn: (when: string): string => `${when}, kept signed in`,
    from: 'From',
    unknownPlace: 'an address that is not known',
    apps: 'Apps',
    noApps: 'none yet',
    signOutOf: (device: string, lastUsed: string | null): string =>
      lastUsed === null
        ? `Sign out ${device}, this device`
        : `Sign out ${device}, last used ${lastUsed}`,
  },
  endSession: {
    nobodyTitle: 'Nobody is signed in',
    nobody:
      'In this browser nobody is signed in at the login host. An app that keeps a session of its own may still know you there.',
    askTitle: 'Sign out?',
    ask: (app: string | null): Html =>
      html`${app === null ? 'An app' : html`<strong>${app}</strong>`} asks to sign you out. This signs you out of every app.`,
    stay: 'Stay signed in',
  },
  exposure: {
    title: 'Who else gets the cookie',
    paused:
      html`<strong>Signing in to the shared apps is paused.</strong> It goes on by itself at the first check that does not find this any more. Who is signed in stays signed in.` as Html,
    failed: (failure: string, when: string, hasOlder: boolean): string =>
      `${failure} That was ${when}.${hasOlder ? ' What follows is older.' : ''}`,
    failures: {
      threw: 'The check of who receives the shared cookie failed.',
      timeout: 'The check of who receives the shared cookie took too long.',
      malformed: 'The check of who receives the shared cookie gave something that is no report.',
      partial: 'The check of who receives the shared cookie was cut short.',
      'no-answer': 'DNS gave no answer about any host of the shared cookie.',
    },
    domain: (domain: string): Html =>
      html`The shared cookie goes to every host under <strong>${domain}</strong>.`,
    warns: 'Findings are told, and change nothing.',
    refuses: (severity: string, isWorst: boolean): string =>
      `A finding of severity ${severity}${isWorst ? '' : ' or worse'} pauses signing in to shared apps until it is gone.`,
    unchecked: 'Nothing is known yet: no check has come to an end.',
    found: (count: number, when: string): string =>
      `${count === 0 ? 'Nothing was found' : plural(count, '1 finding', `${count} findings`)}, checked ${when}`,
    more: (count: number): string =>
      plural(count, 'One more is in the report.', `${count} more are in the report.`),
    report: 'The whole report:',
    page: 'page',
    theCookie: 'The cookie itself',
    finding: 'Found',
    rule: 'Rule',
    severities: { low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
  },
  form: {
    problems: (count: number): string =>
      plural(count, 'Please correct this:', 'Please correct these:'),
    show: 'Show',
    hide: 'Hide',
  },
  home: {
    signedOutTitle: 'You are signed out',
    signedOut: 'Sign in once, and every app you may enter knows you.',
    title: (name: string): string => `Hello ${name}`,
    signedInAs: (email: string): Html => html`You are signed in as <strong>${email}</strong>.`,
    apps: 'Your apps',
    noApps: 'None yet. An administrator can grant you access.',
    devices: 'Your devices',
    moreApps: 'Apps you can ask for',
    askFor: (app: string): string => `Ask for access to ${app}`,
    waiting: 'asked for',
    approvals: 'Requests',
    exposure: 'Who else gets the cookie',
    notices: 'Logout notices',
    account: 'Your account',
    administration: 'Administration',
    about: {
      approvals: 'Who asked for an account or an app, and waits for you.',
      devices: 'Where you are signed in. Sign out what you do not know.',
      exposure: 'Hosts that receive the shared cookie although they should not.',
      notices: 'Apps that have not yet acknowledged a sign-out.',
    },
  },
  limited: {
    title: 'Too many tries',
    text: (minutes: number): string =>
      `Please wait ${plural(minutes, '1 minute', `${minutes} minutes`)} and try again. Sign-ins that are under way elsewhere are not affected.`,
    closed:
      'The password of this account is only accepted in browsers in which it was signed in to before. Use one of those, or ask an administrator for a new password. Sign-ins that are under way elsewhere are not affected.',
    closedUntilReset:
      'The password of this account is only accepted in browsers in which it was signed in to before. Use one of those, or choose a new password by a link that we send to you. Sign-ins that are under way elsewhere are not affected.',
    reset: 'Choose a new password',
  },
  mailbox: {
    title: 'Mails of this development server',
    intro:
      'In development mails are shown here instead of being sent. They are forgotten at the next start.',
    none: 'No mail was written yet.',
    to: 'To',
    when: 'When',
    text: 'As text',
    all: 'All mails',
  },
  mails: {
    hello: 'Hello,',
    copyLink: 'If the button does not work, open this address in your browser:',
    automatic: (family: string): string =>
      `${family} sent you this mail by itself. Nobody reads answers to it.`,
    kinds: {
      'confirm-registration': (family: string): MailWords => ({
        subject: `Confirm your address for ${family}`,
        lines: [
          `Somebody, hopefully you, asked for an account at ${family} with this address.`,
          'Confirm that the address is yours to go on. The link works once, for a day.',
        ],
        button: 'Confirm address',
        after: 'If it was not you, do nothing: no account is made.',
      }),
      'already-registered': (family: string): MailWords => ({
        subject: `You already have an account at ${family}`,
        lines: [
          `Somebody, hopefully you, asked for an account at ${family} with this address. There is one already: sign in with it.`,
          'If you forgot your password, you can choose a new one from the sign-in page.',
        ],
        button: 'Sign in',
        after: 'If it was not you, do nothing: nothing has changed.',
      }),
      invitation: (family: string, invitedBy: string | null): MailWords => ({
        subject: `You are invited to ${family}`,
        lines: [
          invitedBy === null
            ? `You are invited to have an account at ${family}.`
            : `${invitedBy} invites you to have an account at ${family}.`,
          'Choose a name and a password to go on. The link works once.',
        ],
        button: 'Accept invitation',
        after: 'If you do not know what this is about, do nothing.',
      }),
      'reset-password': (family: string): MailWords => ({
        subject: `Choose a new password for ${family}`,
        lines: [
          `Somebody, hopefully you, asked for a new password for your account at ${family}.`,
          'The link works once, for an hour.',
        ],
        button: 'Choose a new password',
        after: 'If it was not you, do nothing: your password stays as it is.',
      }),
      'confirm-new-email': (family: string): MailWords => ({
        subject: `Confirm your new address for ${family}`,
        lines: [
          `Somebody, hopefully you, wants to use this address for their account at ${family}.`,
          'Confirm that it is yours. The address changes as soon as the present one has agreed too.',
        ],
        button: 'Confirm address',
        after: 'If it was not you, do nothing: nothing changes.',
      }),
      'confirm-old-email': (family: string, newEmail: string): MailWords => ({
        subject: `Agree to a new address for ${family}`,
        lines: [
          `Somebody, hopefully you, wants to change the address of your account at ${family} to ${newEmail}.`,
          'Agree to it here. The address changes as soon as the new one is confirmed too.',
        ],
        button: 'Agree to the change',
        after:
          'If it was not you, do not agree, and change your password: whoever asked for this knew it.',
      }),
      'account-approved': (family: string): MailWords => ({
        subject: `Your account at ${family} is approved`,
        lines: [`You can sign in at ${family} now.`],
        button: 'Sign in',
      }),
      'account-denied': (family: string, reason: string | null): MailWords => ({
        subject: `Your account at ${family} was not approved`,
        lines: [`Your request for an account at ${family} was turned down.`],
        facts: reason === null ? [] : [['Reason', reason]],
      }),
      'account-waiting': (
        family: string,
        waiting: { readonly name: string; readonly email: string; readonly others: number },
      ): MailWords => ({
        subject: `${waiting.name} waits for an account at ${family}`,
        lines: [
          `Somebody asked for an account at ${family} and waits for your decision.`,
          ...(waiting.others === 0
            ? []
            : [
                plural(
                  waiting.others,
                  'One more person waits.',
                  `${waiting.others} more people wait.`,
                ),
              ]),
        ],
        facts: [
          ['Name', waiting.name],
          ['Email', waiting.email],
        ],
        button: 'Look at requests',
      }),
      'access-waiting': (
        family: string,
        request: {
          readonly app: string;
          readonly name: string;
          readonly email: string;
          readonly reason: string;
        },
      ): MailWords => ({
        subject: `${request.name} asks for ${request.app}`,
        lines: [`Somebody asks for access to ${request.app} at ${family}. You decide.`],
        facts: [
          ['Name', request.name],
          ['Email', request.email],
          ['Reason', request.reason],
        ],
        button: 'Look at requests',
      }),
      'access-granted': (_family: string, app: string): MailWords => ({
        subject: `You may use ${app}`,
        lines: [`Your request for ${app} was approved.`],
        button: `Open ${app}`,
      }),
      'access-denied': (_family: string, app: string, reason: string | null): MailWords => ({
        subject: `No access to ${app}`,
        lines: [`Your request for ${app} was turned down.`],
        facts: reason === null ? [] : [['Reason', reason]],
      }),
      'new-device': (
        family: string,
        seen: { readonly device: string; readonly place: string; readonly when: string },
      ): MailWords => ({
        subject: `New sign-in to your account at ${family}`,
        lines: [
          `Somebody signed in to your account at ${family} from a browser that is new to it.`,
        ],
        facts: [
          ['Device', seen.device],
          ['From', seen.place],
          ['When', seen.when],
        ],
        button: 'Look at your devices',
        after:
          'If it was you, there is nothing to do. If not, sign that device out and choose a new password.',
      }),
      'password-changed': (family: string, when: string): MailWords => ({
        subject: `Your password for ${family} was changed`,
        lines: [
          `The password of your account at ${family} was changed. All other devices are signed out.`,
        ],
        facts: [['When', when]],
        button: 'Choose a new password',
        after: 'If it was you, there is nothing to do. If not, choose a new password now.',
      }),
      'email-changed': (family: string, newEmail: string, when: string): MailWords => ({
        subject: `Your address at ${family} was changed`,
        lines: [
          `Your account at ${family} has another address. This one does not sign you in any more.`,
        ],
        facts: [
          ['New address', newEmail],
          ['When', when],
        ],
        button: 'Open the login page',
        after: 'If it was not you, tell an administrator immediately.',
      }),
    },
  },
  messages: {
    pending: {
      title: 'Your account is waiting for approval',
      text: 'An administrator has to approve it before you can sign in. There is nothing more for you to do.',
    },
    noMail: {
      title: 'Passwords are not reset here',
      text: 'No mails are sent from here. Ask an administrator for a new password.',
    },
    suspended: {
      title: 'Your account is suspended',
      text: 'You cannot sign in at the moment. Ask an administrator.',
    },
    appKey: {
      title: 'This app cannot be entered at the moment',
      text: html`It does not have the key that this sign-in service has for it. Its operators set <code>LATCHKEY_APP_KEY</code> to what <code>latchkey app-key</code> prints now.` as Html,
    },
    cookiesRefused: {
      title: 'Your browser refuses cookies',
      text: 'Nobody can be signed in without them. Allow cookies for this site, or leave the private or embedded window that refuses them, and sign in again. You have not been signed in.',
    },
    busy: {
      title: 'Too many people are signing in',
      text: 'Please try again in a moment.',
    },
    changed: { title: 'Your account has just changed', text: 'Please sign in again.' },
    crossSite: {
      title: 'This was asked for by another site',
      text: 'Signing in and out is done on our own pages.',
    },
    badRequest: {
      title: 'This request cannot be understood',
      text: 'Something in it is missing, repeated or malformed.',
    },
    badDestination: {
      title: 'That does not lead to an app of this family',
      text: 'After signing in you can only go to an app that is part of the family.',
    },
    notFound: { title: 'There is no such page', text: 'The address may be misspelt.' },
    method: {
      title: 'This cannot be done here',
      text: 'The page does not answer to this kind of request.',
    },
    accountDecided: {
      title: 'Nobody of that account waits',
      text: 'Somebody else decided before. Nothing was changed.',
    },
    approversOnly: {
      title: 'This page is for approvers',
      text: 'Your account decides on requests for no app.',
    },
    administratorsOnly: {
      title: 'This page is for administrators',
      text: 'Your account is not marked as one.',
    },
    notAhead: {
      title: 'This is not fetched ahead',
      text: 'The browser asked for it before anybody did.',
    },
    unavailable: {
      title: 'This cannot be answered at the moment',
      text: 'Something that the login host needs is out of reach. Please try again in a moment.',
    },
    signOutRecorded: {
      title: 'Your sign-out is recorded',
      text: 'The apps cannot be told at this moment. It will be carried out by itself as soon as that is possible. Until then, apps may still let that browser in.',
    },
    failed: { title: 'Something went wrong', text: 'It is not your fault. Please try again.' },
    confirmSignOut: { title: 'Sign out?', text: 'This signs you out of every app.' },
  },
  noAccess: {
    title: (app: string): string => `No access to ${app}`,
    waitingTitle: (app: string): string => `You asked for ${app}`,
    text: (app: string, email: string): Html =>
      html`You are signed in as <strong>${email}</strong>, but your account has no access to <strong>${app}</strong>.`,
    granted: 'You have access',
    grantedText: (app: string): Html => html`Your account may enter <strong>${app}</strong>.`,
    open: (app: string): string => `Open ${app}`,
    waiting: (when: string): string =>
      `You asked for access ${when}. You get a mail when it is decided.`,
    denied: (reason: string | null): string =>
      reason === null
        ? 'Your last request was turned down.'
        : `Your last request was turned down: ${reason}`,
    askAgainFrom: (instant: string): string => `You can ask again from ${instant}.`,
    reason: 'Why do you need it? (optional)',
    reasonHint: 'Whoever decides reads this.',
    reasonTooLong: (characters: number): string => `Write at most ${characters} characters.`,
    ask: 'Ask for access',
  },
  notices: {
    title: 'Logout notices',
    intro:
      'An app that keeps a session of its own is told of each sign-out until it has acknowledged it.',
    none: 'Every notice has been acknowledged.',
    silent: (apps: readonly string[]): Html =>
      html`No notices are made for ${list(apps)}: <code>backChannelLogout: false</code>. Whoever is signed in there stays so after a sign-out.`,
    refusedAddress: (app: string, host: string): Html =>
      html`<strong>No notice can reach ${app}.</strong> Its address ${host} is in an internal network, which this login host does not call. If it is yours, start the login host with <code>--allow-range</code> and the range of that network, for example <code>--allow-range 10.0.0.0/8</code>. Notices wait until then.`,
    givenUp: 'given up',
    onItsWay: 'on its way',
    howMany: 'How many',
    amount: (count: number, when: string): string =>
      `${plural(count, '1 notice', `${count} notices`)}, the first from ${when}`,
    lastTry: 'Last try',
    triedUntil: (result: string, until: string): string => `${result}, tried until ${until}`,
    resultGivenUp: (result: string): string => `${result}, given up`,
    notTried: 'not tried yet',
    refusedWith: (status: string): string => `refused with ${status}`,
    redirectedWith: (status: string): string => `redirected with ${status}`,
    answeredWith: (status: string): string => `answered with ${status}`,
    results: {
      'address-refused': 'its address is refused here',
      'app-removed': 'the app left the family',
      'mint-failed': 'no token could be made',
      redirected: 'it redirected',
      stopped: 'broken off as the login host stopped',
      timeout: 'no answer in time',
      unreachable: 'no connection',
    },
  },
  otherPerson: {
    title: 'This is for another account',
    text: (app: string, meant: string | null, present: string): Html =>
      html`<strong>${app}</strong> asked for ${meant === null ? 'another account' : html`<strong>${meant}</strong>`}, but you are signed in as <strong>${present}</strong>.`,
    consequence:
      'With another account, you are signed out of this one in every app as soon as the password was right.',
  },
  passwordReset: {
    backToSignIn: 'Back to sign-in',
    forgotTitle: 'Choose a new password',
    forgot: 'Type the address of your account. If there is one, we send a link to it.',
    noAddress: 'This is not an e-mail address.',
    send: 'Send link',
    askedTitle: 'Look into your mail',
    asked: 'If there is an account with this address, a mail with a link is on its way to it.',
    askedHint:
      'The link works once, for an hour. If nothing comes within a few minutes, look among unwanted mails, or ask an administrator.',
    newTitle: 'Choose a new password',
    newPassword: 'New password',
    newHint:
      'At least 15 characters. A few words that belong together for nobody else are easy to remember.',
    change: 'Change password',
    faults: {
      'password-too-short': 'The password needs at least 15 characters.',
      'password-too-long': 'The password is too long: 256 characters at most.',
      'password-common': 'This password is easy to guess. Choose another one.',
    },
    changedTitle: 'Your password is changed',
    changed: 'You are signed out everywhere. Sign in with the new password.',
    linkTitle: 'This link does not work any more',
    links: {
      unknown: 'It may be cut off, or a newer one was sent.',
      expired: 'It was good for an hour.',
      used: 'It was used before. If it was not you, choose a new password again now.',
    },
    again: 'Send a new link',
  },
  paused: {
    title: 'Signing in to these apps is paused',
    text: (app: string): Html =>
      html`A safety check found that the cookie of <strong>${app}</strong> and the apps beside it would reach somebody else. Until an administrator has dealt with it, nobody new is let in. Who is signed in there already stays signed in.`,
  },
  provider: {
    title: 'Signing in did not work',
    errors: {
      invalid_client: 'The app that sent you here is not known to this login host.',
      invalid_redirect_uri:
        'The app that sent you here gave an address to go back to that is not registered for it.',
      server_error: 'Something went wrong at the login host. Please try again.',
    },
    otherError:
      'The request was used before, has run out, or was made for another browser. Go back to the app and sign in from there.',
  },
  register: {
    title: 'Create an account',
    intro: 'We send a link to your address. You choose name and password when you have opened it.',
    titleFor: (app: string): string => `Create an account for ${app}`,
    domains: (domains: readonly string[]): string => `For addresses of ${list(domains)} alone.`,
    submit: 'Send the link',
    haveOne: 'Do you have an account?',
    problems: {
      'email-invalid': 'This is not an address that mail can be sent to.',
      'domain-refused': 'Accounts are not for addresses of this domain.',
    },
    sentTitle: 'Look into your mail',
    sent: (email: string): Html =>
      html`We have written to <strong>${email}</strong>. Open the link in the mail to go on. It works for a day.`,
    notThere: 'Nothing there after a few minutes? Look into the spam folder, or check the address.',
    again: 'Ask for another link',
    developmentMailbox: 'Open the development mailbox',
    closedTitle: 'No accounts are made here',
    closed: 'Accounts are made by the administrators. Ask one of them.',
    byInvitation:
      'Accounts are for people who were invited. Ask an administrator for an invitation.',
  },
  signedOut: {
    title: 'You are signed out',
    everywhere: 'You are signed out of every app.',
    everywhereElse: 'You are signed out of every other app.',
    nobodyTitle: 'Nobody is signed in',
    nobody: (family: string): string => `In this browser nobody is signed in at ${family}.`,
    stillTitle: 'You are still signed in',
    thatOneEnded: 'The sign-in that you ended is over in every app.',
    still: (email: string): Html =>
      html`In this browser you are signed in as <strong>${email}</strong>.`,
    thisBrowser: 'The sign-in of this browser is over in every app.',
    others: (count: number): string =>
      `Your account has ${plural(count, 'one more sign-in', `${count} more sign-ins`)}: in other browsers, or from before in this one, where an app may still know you.`,
    endOthers: 'End the other sign-ins',
    onTheirWay: (apps: readonly string[]): string =>
      `A notice is on its way to ${list(apps)}, which ${plural(apps.length, 'keeps a session of its own', 'keep sessions of their own')}.`,
    staying: (apps: readonly string[]): Html =>
      html`<strong>You may still be signed in at ${list(apps)}</strong>, which cannot be told. Sign out there as well.`,
  },
  signIn: {
    title: 'Sign in',
    email: 'Email',
    password: 'Password',
    titleFor: (app: string): string => `Sign in to ${app}`,
    toFamily: (family: string): string => `One sign-in for every app of ${family}.`,
    withAccount: (family: string): string => `Use your ${family} account to continue.`,
    again: (email: string): Html =>
      html`You are signed in as <strong>${email}</strong>. Please confirm that it is you.`,
    forgotPassword: 'Forgot your password?',
    refused: 'The e-mail address or the password is not right.',
    remember: 'Keep me signed in on this device',
    rememberHint:
      'Only on a device of your own: whoever opens this browser later will be signed in as you.',
  },
  time: { ago: (milliseconds: number): string => ago(milliseconds, 'a moment ago') },
  waiting: {
    registeredTitle: 'Almost there',
    title: 'Your account is waiting for approval',
    lead: (email: string): Html =>
      html`An administrator has to approve the account of <strong>${email}</strong> before you can sign in.`,
    asked: 'Asked for',
    apps: 'To use',
    next: 'What happens next',
    nextText:
      'The administrators have been told. You get a mail as soon as one has decided; there is nothing more for you to do.',
  },
  wrongHost: {
    title: 'The login host has another address',
    text: (received: string, expected: string): Html =>
      html`The request was made to <strong>${received}</strong>, and it answers to <strong>${expected}</strong>. Behind a proxy: pass the <code>Host</code> header on as it came.`,
  },
};

/** What every language says: the shape of {@link en}. */
export type Catalogue = typeof en;
