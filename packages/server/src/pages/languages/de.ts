import { html } from 'hono/html';
import type { Html } from '../html.ts';
import type { Catalogue } from './en.ts';
import { createFormats, type Formats } from './formats.ts';

const formats: Formats = createFormats('de');
const { plural, ago, list } = formats;

/** Everything that the login host says in German. */
export const de: Catalogue = {
  tag: 'de',
  formats,
  actions: {
    home: 'Startseite',
    signIn: 'Anmelden',
    signOut: 'Abmelden',
    tryAgain: 'Noch einmal versuchen',
    otherAccount: 'Anderes Konto verwenden',
    backTo: (app) => `Zurück zu ${app}`,
  },
  footer: {
    label: 'Über diesen Dienst',
    terms: 'Nutzungsbedingungen',
    privacy: 'Datenschutz',
    support: 'Hilfe',
  },
  approvals: {
    title: 'Anfragen',
    all: 'Alle Anfragen',
    accounts: 'Konten',
    apps: 'Zugang zu Apps',
    none: 'Niemand wartet. Sie bekommen eine E-Mail, wenn jemand anfragt.',
    done: {
      granted: 'Der Zugang gilt ab jetzt, eine E-Mail sagt es der Person.',
      denied: 'Die Anfrage ist abgelehnt, eine E-Mail sagt es der Person.',
      approved: 'Die Person kann sich jetzt anmelden, eine E-Mail sagt es ihr.',
      deniedAccount: 'Es gibt kein Konto, eine E-Mail sagt es der Person.',
    },
    wantsAccount: (name) => `${name} möchte ein Konto`,
    decideOnAccount: (name) => `Über das Konto von ${name} entscheiden`,
    approve: 'Konto freigeben',
    denyAccountHint: 'Die Person liest ihn in einer E-Mail. Das Konto wird gelöscht.',
    asks: (name, app) => `${name} möchte Zugang zu ${app}`,
    decide: 'Entscheiden',
    decideOn: (name, app) => `Über die Anfrage von ${name} nach ${app} entscheiden`,
    address: 'Adresse',
    asked: 'Angefragt',
    reason: 'Grund',
    noReason: 'keiner angegeben',
    own: 'Das ist Ihre eigene Anfrage. Darüber muss jemand anderes entscheiden.',
    until: 'Letzter Tag des Zugangs (freiwillig)',
    untilHint: 'Leer lassen für einen Zugang ohne Ende. Tage sind die von UTC.',
    untilPast: 'Wählen Sie heute oder einen späteren Tag.',
    role: 'Rolle',
    noRole: 'Keine Rolle',
    unknownRole: 'Die App hat keine solche Rolle.',
    grant: 'Zugang geben',
    denyTitle: 'Oder ablehnen',
    denyReason: 'Grund (freiwillig)',
    denyHint: 'Die Person liest ihn in einer E-Mail.',
    deny: 'Ablehnen',
    decidedTitle: 'Darüber ist schon entschieden',
    decided: ({ name, app, isGranted, by }) =>
      `${by ?? 'Die Administration'} hat ${name} den Zugang zu ${app} ${isGranted ? 'gegeben' : 'nicht gegeben'}. Es wurde nichts geändert.`,
  },
  confirm: {
    title: 'Konto anlegen',
    intro: (email) =>
      html`Das Konto ist für <strong>${email}</strong>. Wenn das nicht Ihre Adresse ist, schließen Sie diese Seite.`,
    asksFor: (app) => html`Damit bitten Sie um Zugang zu <strong>${app}</strong>.`,
    name: 'Ihr Name',
    nameHint: 'So, wie andere ihn hier sehen sollen.',
    passwordHint: (characters) =>
      `Mindestens ${characters} Zeichen. Ein paar Wörter, die nicht zusammengehören, merkt man sich leicht und errät sie schwer.`,
    submit: 'Konto anlegen',
    problems: {
      'name-invalid': 'Ein Name hat 1 bis 100 Zeichen und keine Sonderzeichen.',
      'password-too-short': 'Das Passwort ist zu kurz.',
      'password-too-long': 'Das Passwort ist zu lang: höchstens 256 Zeichen.',
      'password-common':
        'Dieses Passwort ist leicht zu erraten: Es ist bekannt, folgt einem Muster oder besteht aus Ihrem Namen oder Ihrer Adresse.',
    },
    refused: {
      unknown: {
        title: 'Dieser Link funktioniert nicht',
        text: 'Er ist nicht vollständig, oder ein neuerer ist an seine Stelle getreten: Es gilt der Link in der neuesten Mail.',
      },
      expired: {
        title: 'Dieser Link ist zu alt',
        text: 'Links in Mails gelten nur eine begrenzte Zeit, damit niemand später einen findet.',
      },
      used: {
        title: 'Dieser Link wurde schon benutzt',
        text: 'Das Konto ist angelegt. Sie können sich mit dem Passwort anmelden, das Sie gewählt haben.',
      },
      withdrawn: {
        title: 'Diese Einladung wurde zurückgezogen',
        text: 'Sie wurde zurückgenommen, oder an dieselbe Adresse ging eine neuere.',
      },
      closed: {
        title: 'Zurzeit werden keine Konten angelegt',
        text: 'Die Registrierung wurde geschlossen, nachdem die Mail verschickt war.',
      },
      'email-taken': {
        title: 'Es gibt schon ein Konto',
        text: 'Inzwischen wurde ein Konto mit Ihrer Adresse angelegt. Melden Sie sich damit an.',
      },
    },
    askWhoInvited: 'Bitten Sie die Person, die Sie eingeladen hat, um eine neue Einladung.',
  },
  devices: {
    title: 'Ihre Geräte',
    intro:
      'In diesen Browsern sind Sie mit Ihrem Konto angemeldet. Wenn Sie einen davon nicht kennen, melden Sie ihn ab und bitten Sie die Administration um ein neues Passwort.',
    done: {
      one: 'Dieses Gerät ist jetzt überall abgemeldet.',
      others: 'Alle Ihre anderen Geräte sind jetzt überall abgemeldet.',
      gone: 'Dieses Gerät ist nicht mehr angemeldet.',
    },
    signOutOthers: 'Alle anderen Geräte abmelden',
    nowhereElse: 'Sonst sind Sie nirgends angemeldet.',
    thisDevice: 'Dieses Gerät',
    unknown: 'Unbekanntes Gerät',
    browserOn: (browser, system) => `${browser ?? 'Browser'} unter ${system}`,
    lastUsed: 'Zuletzt genutzt',
    signedIn: 'Angemeldet',
    keptSignedIn: (when) => `${when}, bleibt angemeldet`,
    from: 'Von',
    unknownPlace: 'einer unbekannten Adresse',
    apps: 'Apps',
    noApps: 'noch keine',
    signOutOf: (device, lastUsed) =>
      lastUsed === null
        ? `${device} abmelden, dieses Gerät`
        : `${device} abmelden, zuletzt genutzt ${lastUsed}`,
  },
  endSession: {
    nobodyTitle: 'Niemand ist angemeldet',
    nobody:
      'In diesem Browser ist hier niemand angemeldet. Eine App mit eigener Sitzung kennt Sie vielleicht trotzdem noch.',
    askTitle: 'Abmelden?',
    ask: (app) =>
      html`${app === null ? 'Eine App' : html`<strong>${app}</strong>`} möchte Sie abmelden. Damit werden Sie in allen Apps abgemeldet.`,
    stay: 'Angemeldet bleiben',
  },
  exposure: {
    title: 'Wer das Cookie noch bekommt',
    paused: html`<strong>Die Anmeldung bei den gemeinsamen Apps ist angehalten.</strong> Sie läuft von selbst weiter, sobald eine Prüfung dies nicht mehr findet. Wer angemeldet ist, bleibt angemeldet.`,
    failed: (failure, when, hasOlder) =>
      `${failure} Das war ${when}.${hasOlder ? ' Was folgt, ist älter.' : ''}`,
    failures: {
      threw: 'Die Prüfung, wer das gemeinsame Cookie bekommt, ist fehlgeschlagen.',
      timeout: 'Die Prüfung, wer das gemeinsame Cookie bekommt, hat zu lange gedauert.',
      malformed: 'Die Prüfung, wer das gemeinsame Cookie bekommt, ergab keinen lesbaren Bericht.',
      partial: 'Die Prüfung, wer das gemeinsame Cookie bekommt, wurde abgebrochen.',
      'no-answer': 'Das DNS hat zu keinem Host des gemeinsamen Cookies geantwortet.',
    },
    domain: (domain) =>
      html`Das gemeinsame Cookie geht an jeden Host unter <strong>${domain}</strong>.`,
    warns: 'Befunde werden gemeldet und ändern nichts.',
    refuses: (severity, isWorst) =>
      `Ein Befund der Stufe „${severity}“${isWorst ? '' : ' oder höher'} hält die Anmeldung bei gemeinsamen Apps an, bis er behoben ist.`,
    unchecked: 'Noch ist nichts bekannt: Keine Prüfung wurde abgeschlossen.',
    found: (count, when) =>
      `${count === 0 ? 'Nichts gefunden' : plural(count, '1 Befund', `${count} Befunde`)}, geprüft ${when}`,
    more: (count) =>
      plural(count, 'Ein weiterer steht im Bericht.', `${count} weitere stehen im Bericht.`),
    report: 'Der ganze Bericht:',
    page: 'Seite',
    theCookie: 'Das Cookie selbst',
    finding: 'Befund',
    rule: 'Regel',
    severities: { low: 'niedrig', medium: 'mittel', high: 'hoch', critical: 'kritisch' },
  },
  form: {
    problems: (count) => plural(count, 'Bitte korrigieren Sie dies:', 'Bitte korrigieren Sie:'),
    show: 'Anzeigen',
    hide: 'Verbergen',
  },
  home: {
    signedOutTitle: 'Sie sind abgemeldet',
    signedOut: 'Melden Sie sich einmal an, und alle Apps, die Sie nutzen dürfen, kennen Sie.',
    title: (name) => `Hallo ${name}`,
    signedInAs: (email) => html`Sie sind als <strong>${email}</strong> angemeldet.`,
    apps: 'Ihre Apps',
    noApps: 'Noch keine. Die Administration kann Ihnen Zugang geben.',
    devices: 'Ihre Geräte',
    moreApps: 'Apps, nach denen Sie fragen können',
    askFor: (app) => `Um Zugang zu ${app} bitten`,
    waiting: 'angefragt',
    approvals: 'Anfragen',
    exposure: 'Wer das Cookie noch bekommt',
    notices: 'Abmeldenachrichten',
    account: 'Ihr Konto',
    administration: 'Verwaltung',
    about: {
      approvals: 'Wer um ein Konto oder eine App gebeten hat und auf Sie wartet.',
      devices: 'Wo Sie angemeldet sind. Melden Sie ab, was Sie nicht kennen.',
      exposure: 'Hosts, die das gemeinsame Cookie bekommen, obwohl sie es nicht sollten.',
      notices: 'Apps, die eine Abmeldung noch nicht bestätigt haben.',
    },
  },
  limited: {
    title: 'Zu viele Versuche',
    text: (minutes) =>
      `Bitte warten Sie ${plural(minutes, 'eine Minute', `${minutes} Minuten`)} und versuchen Sie es noch einmal. Bestehende Anmeldungen bleiben davon unberührt.`,
    closed:
      'Das Passwort dieses Kontos wird nur noch in Browsern angenommen, in denen es schon einmal angemeldet war. Verwenden Sie einen davon, oder bitten Sie die Administration um ein neues Passwort. Bestehende Anmeldungen bleiben davon unberührt.',
    closedUntilReset:
      'Das Passwort dieses Kontos wird nur noch in Browsern angenommen, in denen es schon einmal angemeldet war. Verwenden Sie einen davon, oder wählen Sie ein neues Passwort über einen Link, den wir Ihnen schicken. Bestehende Anmeldungen bleiben davon unberührt.',
    reset: 'Neues Passwort wählen',
  },
  mailbox: {
    title: 'E-Mails dieses Entwicklungsservers',
    intro:
      'In der Entwicklung werden E-Mails hier gezeigt, statt gesendet zu werden. Beim nächsten Start sind sie vergessen.',
    none: 'Noch wurde keine E-Mail geschrieben.',
    to: 'An',
    when: 'Wann',
    text: 'Als Text',
    all: 'Alle E-Mails',
  },
  mails: {
    hello: 'Guten Tag,',
    copyLink: 'Wenn die Schaltfläche nicht geht, öffnen Sie diese Adresse im Browser:',
    automatic: (family) => `Diese E-Mail kommt automatisch von ${family}. Antworten liest niemand.`,
    kinds: {
      'confirm-registration': (family) => ({
        subject: `Bestätigen Sie Ihre Adresse für ${family}`,
        lines: [
          `Jemand, hoffentlich Sie, möchte mit dieser Adresse ein Konto bei ${family}.`,
          'Bestätigen Sie, dass die Adresse Ihnen gehört. Der Link gilt einmal, einen Tag lang.',
        ],
        button: 'Adresse bestätigen',
        after: 'Wenn Sie es nicht waren, tun Sie nichts: Es entsteht kein Konto.',
      }),
      'already-registered': (family) => ({
        subject: `Sie haben schon ein Konto bei ${family}`,
        lines: [
          `Jemand, hoffentlich Sie, möchte mit dieser Adresse ein Konto bei ${family}. Es gibt schon eines: Melden Sie sich damit an.`,
          'Wenn Sie Ihr Passwort vergessen haben, können Sie auf der Anmeldeseite ein neues wählen.',
        ],
        button: 'Anmelden',
        after: 'Wenn Sie es nicht waren, tun Sie nichts: Nichts hat sich geändert.',
      }),
      invitation: (family, invitedBy) => ({
        subject: `Einladung zu ${family}`,
        lines: [
          invitedBy === null
            ? `Sie sind zu einem Konto bei ${family} eingeladen.`
            : `${invitedBy} lädt Sie zu einem Konto bei ${family} ein.`,
          'Wählen Sie einen Namen und ein Passwort. Der Link gilt einmal.',
        ],
        button: 'Einladung annehmen',
        after: 'Wenn Sie nicht wissen, worum es geht, tun Sie nichts.',
      }),
      'reset-password': (family) => ({
        subject: `Neues Passwort für ${family}`,
        lines: [
          `Jemand, hoffentlich Sie, möchte ein neues Passwort für Ihr Konto bei ${family}.`,
          'Der Link gilt einmal, eine Stunde lang.',
        ],
        button: 'Neues Passwort wählen',
        after: 'Wenn Sie es nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.',
      }),
      'confirm-new-email': (family) => ({
        subject: `Bestätigen Sie Ihre neue Adresse für ${family}`,
        lines: [
          `Jemand, hoffentlich Sie, möchte diese Adresse für ein Konto bei ${family} verwenden.`,
          'Bestätigen Sie, dass sie Ihnen gehört. Die Adresse ändert sich, sobald auch die bisherige zugestimmt hat.',
        ],
        button: 'Adresse bestätigen',
        after: 'Wenn Sie es nicht waren, tun Sie nichts: Nichts ändert sich.',
      }),
      'confirm-old-email': (family, newEmail) => ({
        subject: `Neue Adresse für ${family}: Ihre Zustimmung`,
        lines: [
          `Jemand, hoffentlich Sie, möchte die Adresse Ihres Kontos bei ${family} in ${newEmail} ändern.`,
          'Stimmen Sie hier zu. Die Adresse ändert sich, sobald auch die neue bestätigt ist.',
        ],
        button: 'Der Änderung zustimmen',
        after:
          'Wenn Sie es nicht waren, stimmen Sie nicht zu und ändern Sie Ihr Passwort: Wer darum bat, kannte es.',
      }),
      'account-approved': (family) => ({
        subject: `Ihr Konto bei ${family} ist freigegeben`,
        lines: [`Sie können sich jetzt bei ${family} anmelden.`],
        button: 'Anmelden',
      }),
      'account-denied': (family, reason) => ({
        subject: `Ihr Konto bei ${family} wurde nicht freigegeben`,
        lines: [`Ihre Anfrage nach einem Konto bei ${family} wurde abgelehnt.`],
        facts: reason === null ? [] : [['Grund', reason]],
      }),
      'account-waiting': (family, { name, email, others }) => ({
        subject: `${name} wartet auf ein Konto bei ${family}`,
        lines: [
          `Jemand möchte ein Konto bei ${family} und wartet auf Ihre Entscheidung.`,
          ...(others === 0
            ? []
            : [
                plural(others, 'Eine weitere Person wartet.', `${others} weitere Personen warten.`),
              ]),
        ],
        facts: [
          ['Name', name],
          ['E-Mail', email],
        ],
        button: 'Anfragen ansehen',
      }),
      'access-waiting': (family, request) => ({
        subject: `${request.name} möchte ${request.app} nutzen`,
        lines: [`Jemand bittet um Zugang zu ${request.app} bei ${family}. Sie entscheiden.`],
        facts: [
          ['Name', request.name],
          ['E-Mail', request.email],
          ['Grund', request.reason],
        ],
        button: 'Anfragen ansehen',
      }),
      'access-granted': (_family, app) => ({
        subject: `Sie dürfen ${app} nutzen`,
        lines: [`Ihre Anfrage nach ${app} wurde angenommen.`],
        button: `${app} öffnen`,
      }),
      'access-denied': (_family, app, reason) => ({
        subject: `Kein Zugang zu ${app}`,
        lines: [`Ihre Anfrage nach ${app} wurde abgelehnt.`],
        facts: reason === null ? [] : [['Grund', reason]],
      }),
      'new-device': (family, { device, place, when }) => ({
        subject: `Neue Anmeldung an Ihrem Konto bei ${family}`,
        lines: [
          `Jemand hat sich an Ihrem Konto bei ${family} mit einem Browser angemeldet, den es noch nicht kannte.`,
        ],
        facts: [
          ['Gerät', device],
          ['Von', place],
          ['Wann', when],
        ],
        button: 'Ihre Geräte ansehen',
        after:
          'Wenn Sie es waren, ist nichts zu tun. Sonst melden Sie dieses Gerät ab und wählen Sie ein neues Passwort.',
      }),
      'password-changed': (family, when) => ({
        subject: `Ihr Passwort für ${family} wurde geändert`,
        lines: [
          `Das Passwort Ihres Kontos bei ${family} wurde geändert. Alle anderen Geräte sind abgemeldet.`,
        ],
        facts: [['Wann', when]],
        button: 'Neues Passwort wählen',
        after: 'Wenn Sie es waren, ist nichts zu tun. Sonst wählen Sie jetzt ein neues Passwort.',
      }),
      'email-changed': (family, newEmail, when) => ({
        subject: `Ihre Adresse bei ${family} wurde geändert`,
        lines: [
          `Ihr Konto bei ${family} hat eine andere Adresse. Mit dieser können Sie sich nicht mehr anmelden.`,
        ],
        facts: [
          ['Neue Adresse', newEmail],
          ['Wann', when],
        ],
        button: 'Zur Anmeldung',
        after: 'Wenn Sie es nicht waren, sagen Sie es sofort der Administration.',
      }),
    },
  },
  messages: {
    pending: {
      title: 'Ihr Konto wartet auf Freigabe',
      text: 'Bevor Sie sich anmelden können, muss die Administration es freigeben. Sie selbst brauchen nichts weiter zu tun.',
    },
    noMail: {
      title: 'Passwörter werden hier nicht zurückgesetzt',
      text: 'Von hier werden keine E-Mails verschickt. Bitten Sie die Administration um ein neues Passwort.',
    },
    suspended: {
      title: 'Ihr Konto ist gesperrt',
      text: 'Sie können sich zurzeit nicht anmelden. Bitte wenden Sie sich an die Administration.',
    },
    appKey: {
      title: 'Diese App ist zurzeit nicht erreichbar',
      text: html`Sie hat nicht den Schlüssel, den dieser Anmeldedienst für sie kennt. Wer sie betreibt, setzt <code>LATCHKEY_APP_KEY</code> auf das, was <code>latchkey app-key</code> jetzt ausgibt.`,
    },
    cookiesRefused: {
      title: 'Ihr Browser lehnt Cookies ab',
      text: 'Ohne Cookies ist keine Anmeldung möglich. Erlauben Sie Cookies für diese Website, oder verlassen Sie das private oder eingebettete Fenster, das sie ablehnt, und melden Sie sich noch einmal an. Sie wurden nicht angemeldet.',
    },
    busy: {
      title: 'Zu viele Anmeldungen zugleich',
      text: 'Bitte versuchen Sie es gleich noch einmal.',
    },
    changed: {
      title: 'Ihr Konto wurde gerade geändert',
      text: 'Bitte melden Sie sich noch einmal an.',
    },
    crossSite: {
      title: 'Das kam von einer fremden Website',
      text: 'An- und Abmelden geht nur auf unseren eigenen Seiten.',
    },
    badRequest: {
      title: 'Diese Anfrage ist nicht zu verstehen',
      text: 'Etwas darin fehlt, kommt doppelt vor oder ist fehlerhaft.',
    },
    badDestination: {
      title: 'Das führt zu keiner App dieser Familie',
      text: 'Nach der Anmeldung kommen Sie nur zu Apps, die zur Familie gehören.',
    },
    notFound: {
      title: 'Diese Seite gibt es nicht',
      text: 'Vielleicht ist die Adresse falsch geschrieben.',
    },
    method: {
      title: 'Das geht hier nicht',
      text: 'Die Seite beantwortet Anfragen dieser Art nicht.',
    },
    accountDecided: {
      title: 'Dieses Konto wartet nicht mehr',
      text: 'Jemand anderes hat vorher entschieden. Es wurde nichts geändert.',
    },
    approversOnly: {
      title: 'Diese Seite ist für die, die über Anfragen entscheiden',
      text: 'Ihr Konto entscheidet über keine App.',
    },
    administratorsOnly: {
      title: 'Diese Seite ist für die Administration',
      text: 'Ihr Konto gehört nicht dazu.',
    },
    notAhead: {
      title: 'Das wird nicht im Voraus geladen',
      text: 'Der Browser hat danach gefragt, bevor es jemand wollte.',
    },
    unavailable: {
      title: 'Das lässt sich zurzeit nicht beantworten',
      text: 'Etwas, das der Anmeldedienst braucht, ist nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.',
    },
    signOutRecorded: {
      title: 'Ihre Abmeldung ist vorgemerkt',
      text: 'Die Apps können im Moment nicht benachrichtigt werden. Das geschieht von selbst, sobald es möglich ist. Bis dahin lassen manche Apps diesen Browser vielleicht noch ein.',
    },
    failed: {
      title: 'Etwas ist schiefgegangen',
      text: 'Es liegt nicht an Ihnen. Bitte versuchen Sie es noch einmal.',
    },
    confirmSignOut: { title: 'Abmelden?', text: 'Damit werden Sie in allen Apps abgemeldet.' },
  },
  noAccess: {
    title: (app) => `Kein Zugang zu ${app}`,
    waitingTitle: (app) => `Sie haben ${app} angefragt`,
    text: (app, email) =>
      html`Sie sind als <strong>${email}</strong> angemeldet, aber Ihr Konto hat keinen Zugang zu <strong>${app}</strong>.`,
    granted: 'Sie haben Zugang',
    grantedText: (app) => html`Ihr Konto darf <strong>${app}</strong> nutzen.`,
    open: (app) => `${app} öffnen`,
    waiting: (when) =>
      `Sie haben ${when} um Zugang gebeten. Wenn entschieden ist, bekommen Sie eine E-Mail.`,
    denied: (reason) =>
      reason === null
        ? 'Ihre letzte Anfrage wurde abgelehnt.'
        : `Ihre letzte Anfrage wurde abgelehnt: ${reason}`,
    askAgainFrom: (instant) => `Sie können ab ${instant} wieder anfragen.`,
    reason: 'Wozu brauchen Sie den Zugang? (freiwillig)',
    reasonHint: 'Wer entscheidet, liest das.',
    reasonTooLong: (characters) => `Schreiben Sie höchstens ${characters} Zeichen.`,
    ask: 'Um Zugang bitten',
  },
  notices: {
    title: 'Abmeldenachrichten',
    intro:
      'Eine App mit eigener Sitzung wird über jede Abmeldung benachrichtigt, bis sie den Empfang bestätigt hat.',
    none: 'Jede Nachricht wurde bestätigt.',
    silent: (apps) =>
      html`Für ${list(apps)} gibt es keine Nachrichten: <code>backChannelLogout: false</code>. Wer dort angemeldet ist, bleibt es auch nach einer Abmeldung.`,
    refusedAddress: (app, host) =>
      html`<strong>Keine Nachricht kann ${app} erreichen.</strong> Die Adresse ${host} liegt in einem internen Netz, das dieser Anmeldedienst nicht anspricht. Wenn es Ihr Netz ist, starten Sie ihn mit <code>--allow-range</code> und dem Bereich dieses Netzes, zum Beispiel <code>--allow-range 10.0.0.0/8</code>. So lange warten die Nachrichten.`,
    givenUp: 'aufgegeben',
    onItsWay: 'unterwegs',
    howMany: 'Anzahl',
    amount: (count, when) =>
      `${plural(count, '1 Nachricht', `${count} Nachrichten`)}, die erste ${when}`,
    lastTry: 'Letzter Versuch',
    triedUntil: (result, until) => `${result}, wird versucht bis ${until}`,
    resultGivenUp: (result) => `${result}, aufgegeben`,
    notTried: 'noch nicht versucht',
    refusedWith: (status) => `mit ${status} abgelehnt`,
    redirectedWith: (status) => `mit ${status} weitergeleitet`,
    answeredWith: (status) => `mit ${status} beantwortet`,
    results: {
      'address-refused': 'die Adresse wird hier abgelehnt',
      'app-removed': 'die App gehört nicht mehr zur Familie',
      'mint-failed': 'es konnte kein Token erstellt werden',
      redirected: 'die App hat weitergeleitet',
      stopped: 'abgebrochen, da der Anmeldedienst beendet wurde',
      timeout: 'keine Antwort in der vorgesehenen Zeit',
      unreachable: 'keine Verbindung',
    },
  },
  otherPerson: {
    title: 'Das ist für ein anderes Konto',
    text: (app, meant, present) =>
      html`<strong>${app}</strong> fragt nach ${meant === null ? 'einem anderen Konto' : html`<strong>${meant}</strong>`}, aber Sie sind als <strong>${present}</strong> angemeldet.`,
    consequence:
      'Wenn Sie ein anderes Konto verwenden, werden Sie mit diesem in allen Apps abgemeldet, sobald das Passwort gestimmt hat.',
  },
  passwordReset: {
    backToSignIn: 'Zurück zur Anmeldung',
    forgotTitle: 'Neues Passwort wählen',
    forgot:
      'Geben Sie die Adresse Ihres Kontos ein. Wenn es eines gibt, senden wir einen Link dorthin.',
    noAddress: 'Das ist keine E-Mail-Adresse.',
    send: 'Link senden',
    askedTitle: 'Sehen Sie in Ihre E-Mails',
    asked: 'Wenn es ein Konto mit dieser Adresse gibt, ist eine E-Mail mit einem Link unterwegs.',
    askedHint:
      'Der Link gilt einmal, eine Stunde lang. Wenn nach einigen Minuten nichts da ist, sehen Sie bei den unerwünschten E-Mails nach oder fragen Sie die Administration.',
    newTitle: 'Neues Passwort wählen',
    newPassword: 'Neues Passwort',
    newHint:
      'Mindestens 15 Zeichen. Ein paar Wörter, die nur für Sie zusammengehören, merkt man sich leicht.',
    change: 'Passwort ändern',
    faults: {
      'password-too-short': 'Das Passwort braucht mindestens 15 Zeichen.',
      'password-too-long': 'Das Passwort ist zu lang: höchstens 256 Zeichen.',
      'password-common': 'Dieses Passwort ist leicht zu erraten. Wählen Sie ein anderes.',
    },
    changedTitle: 'Ihr Passwort ist geändert',
    changed: 'Sie sind überall abgemeldet. Melden Sie sich mit dem neuen Passwort an.',
    linkTitle: 'Dieser Link gilt nicht mehr',
    links: {
      unknown: 'Vielleicht ist er abgeschnitten, oder es wurde ein neuerer gesendet.',
      expired: 'Er galt eine Stunde lang.',
      used: 'Er wurde schon verwendet. Wenn Sie das nicht waren, wählen Sie jetzt noch einmal ein neues Passwort.',
    },
    again: 'Neuen Link senden',
  },
  paused: {
    title: 'Die Anmeldung bei diesen Apps ist angehalten',
    text: (app) =>
      html`Eine Sicherheitsprüfung hat ergeben, dass das Cookie von <strong>${app}</strong> und den Apps daneben noch jemand anderen erreichen würde. Bis die Administration das behoben hat, wird niemand neu eingelassen. Wer dort schon angemeldet ist, bleibt es.`,
  },
  provider: {
    title: 'Die Anmeldung hat nicht geklappt',
    errors: {
      invalid_client: 'Die App, von der Sie kommen, ist diesem Anmeldedienst nicht bekannt.',
      invalid_redirect_uri:
        'Die App, von der Sie kommen, hat eine Rücksprungadresse angegeben, die für sie nicht eingetragen ist.',
      server_error:
        'Beim Anmeldedienst ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.',
    },
    otherError:
      'Die Anfrage wurde schon verwendet, ist abgelaufen oder war für einen anderen Browser bestimmt. Gehen Sie zurück zur App und melden Sie sich von dort an.',
  },
  register: {
    title: 'Konto anlegen',
    intro:
      'Wir schicken einen Link an Ihre Adresse. Name und Passwort wählen Sie, wenn Sie ihn geöffnet haben.',
    titleFor: (app) => `Konto für ${app} anlegen`,
    domains: (domains) => `Nur für Adressen von ${list(domains)}.`,
    submit: 'Link schicken',
    haveOne: 'Sie haben ein Konto?',
    problems: {
      'email-invalid': 'An diese Adresse kann keine Mail geschickt werden.',
      'domain-refused': 'Für Adressen dieser Domain gibt es keine Konten.',
    },
    sentTitle: 'Sehen Sie in Ihre Mail',
    sent: (email) =>
      html`Wir haben an <strong>${email}</strong> geschrieben. Öffnen Sie den Link in der Mail, um weiterzumachen. Er gilt einen Tag.`,
    notThere:
      'Nach ein paar Minuten nichts da? Sehen Sie im Spam-Ordner nach, oder prüfen Sie die Adresse.',
    again: 'Neuen Link anfordern',
    developmentMailbox: 'Entwicklungs-Postfach öffnen',
    closedTitle: 'Hier werden keine Konten angelegt',
    closed: 'Konten legt die Administration an. Wenden Sie sich an sie.',
    byInvitation:
      'Konten gibt es für Eingeladene. Bitten Sie die Administration um eine Einladung.',
  },
  signedOut: {
    title: 'Sie sind abgemeldet',
    everywhere: 'Sie sind in allen Apps abgemeldet.',
    everywhereElse: 'Sie sind in allen anderen Apps abgemeldet.',
    nobodyTitle: 'Niemand ist angemeldet',
    nobody: (family) => `In diesem Browser ist niemand bei ${family} angemeldet.`,
    stillTitle: 'Sie sind noch angemeldet',
    thatOneEnded: 'Die Anmeldung, die Sie beendet haben, gilt in keiner App mehr.',
    still: (email) => html`In diesem Browser sind Sie als <strong>${email}</strong> angemeldet.`,
    thisBrowser: 'Die Anmeldung dieses Browsers gilt in keiner App mehr.',
    others: (count) =>
      `Ihr Konto hat noch ${plural(count, 'eine weitere Anmeldung', `${count} weitere Anmeldungen`)}: in anderen Browsern, oder von früher in diesem, wo eine App Sie vielleicht noch kennt.`,
    endOthers: 'Die anderen Anmeldungen beenden',
    onTheirWay: (apps) =>
      `Eine Nachricht ist unterwegs zu ${list(apps)}, weil dort eigene Sitzungen geführt werden.`,
    staying: (apps): Html =>
      html`<strong>Bei ${list(apps)} sind Sie vielleicht noch angemeldet</strong>: Dorthin geht keine Nachricht. Melden Sie sich dort ebenfalls ab.`,
  },
  signIn: {
    title: 'Anmelden',
    email: 'E-Mail-Adresse',
    password: 'Passwort',
    titleFor: (app) => `Bei ${app} anmelden`,
    toFamily: (family) => `Eine Anmeldung für alle Apps von ${family}.`,
    withAccount: (family) => `Mit Ihrem Konto bei ${family} geht es weiter.`,
    again: (email) =>
      html`Sie sind als <strong>${email}</strong> angemeldet. Bitte bestätigen Sie, dass Sie es sind.`,
    forgotPassword: 'Passwort vergessen?',
    refused: 'Die E-Mail-Adresse oder das Passwort stimmt nicht.',
    remember: 'Auf diesem Gerät angemeldet bleiben',
    rememberHint:
      'Nur auf einem eigenen Gerät: Wer diesen Browser später öffnet, ist mit Ihrem Konto angemeldet.',
  },
  time: { ago: (milliseconds) => ago(milliseconds, 'gerade eben') },
  waiting: {
    registeredTitle: 'Fast geschafft',
    title: 'Ihr Konto wartet auf Freigabe',
    lead: (email) =>
      html`Das Konto von <strong>${email}</strong> muss freigegeben werden, bevor Sie sich anmelden können.`,
    asked: 'Angefragt',
    apps: 'Für',
    next: 'Wie es weitergeht',
    nextText:
      'Die Administration weiß Bescheid. Sie bekommen eine Mail, sobald entschieden ist; mehr müssen Sie nicht tun.',
  },
  wrongHost: {
    title: 'Der Anmeldedienst hat eine andere Adresse',
    text: (received, expected) =>
      html`Die Anfrage ging an <strong>${received}</strong>, zuständig ist er aber für <strong>${expected}</strong>. Hinter einem Proxy: Geben Sie den <code>Host</code>-Header unverändert weiter.`,
  },
};
