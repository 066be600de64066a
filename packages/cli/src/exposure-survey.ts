import {
  type HostSurvey,
  type InputRecords,
  surveyLive,
  surveyOffline,
  type ViewDifference,
} from '@latchkey/exposure';
import { refuse, type Subject } from './exposure-cookie.ts';

/** What DNS said, by files or by asking. */
export interface Survey {
  readonly hosts: readonly HostSurvey[];
  readonly resolver: string;
  readonly isPartial: boolean;
  readonly notes: readonly string[];
}

const shownNames = 5;

/** What questions can be given. */
export interface Asked {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Runs the questions; says how they can be stopped, and who hears how far they are. */
export type Asking = <T>(work: (asked: Asked) => Promise<T>) => Promise<T>;

interface SurveyChoice {
  readonly offline: boolean;
  readonly resolver?: readonly string[] | undefined;
}

/** Asks, or reads the records alone where `offline`. The hosts of the apps are looked at as well. */
export async function surveyInputs(
  { offline, resolver }: SurveyChoice,
  { inputs, subject }: { readonly inputs: InputRecords; readonly subject: Subject },
  asking: Asking,
): Promise<Survey> {
  if (offline) {
    const { hosts, unseen } = surveyOffline(inputs);
    const notes = unseen.map(({ count, message }) => `${message} Names: ${count}.`);
    return { hosts, resolver: 'offline', isPartial: false, notes };
  }
  const servers = resolver === undefined ? {} : { servers: resolver };
  const asked = withApps(inputs, subject);
  const survey = await asking((how) => surveyLive(asked, { ...servers, ...how }));
  if (survey.kind === 'no-resolver') {
    throw refuse(`${survey.server} is no name server: write an address and a port.`);
  }
  const { hosts, differences, partial } = survey;
  const notes = differenceNotes(differences);
  return { hosts, resolver: survey.servers.join(', '), isPartial: partial, notes };
}

/** Whoever serves an app must be known, also where no input names it. */
function withApps(inputs: InputRecords, { apps, loginHost }: Subject): InputRecords {
  const hosts = [...apps.map(({ host }) => host), ...(loginHost === null ? [] : [loginHost])];
  const source = { file: '(config)', line: 0 };
  const named = new Set(
    [...inputs.names, ...inputs.records.map(({ owner }) => ({ name: owner }))].map(
      ({ name }) => name,
    ),
  );
  const missing = [...new Set(hosts)].filter((host) => !named.has(host));
  return { ...inputs, names: [...inputs.names, ...missing.map((name) => ({ name, source }))] };
}

function differenceNotes(differences: readonly ViewDifference[]): readonly string[] {
  const wordsOf = (what: ViewDifference['what'], words: string): readonly string[] => {
    const names = differences.filter((one) => one.what === what).map(({ name }) => name);
    if (names.length === 0) return [];
    const shown = names.slice(0, shownNames).join(', ');
    const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
    return [`${words}: ${shown}${more}. Inside and outside views of a zone may differ.`];
  };
  return [
    ...wordsOf('absent', 'In the records, but unknown to the server that was asked'),
    ...wordsOf('other-target', 'The server gives another target than the records'),
  ];
}
