import {
  type HostSurvey,
  type InputRecords,
  surveyLive,
  surveyOffline,
  type ViewDifference,
} from '@latchkey/exposure';
import { refuse, type Subject } from './exposure-cookie.ts';
import type { ExposureOptions } from './exposure-options.ts';
import { createProgress } from './exposure-progress.ts';
import type { Terminal } from './terminal.ts';

/** What DNS said, by files or by asking. */
export interface Survey {
  readonly hosts: readonly HostSurvey[];
  readonly resolver: string;
  readonly isPartial: boolean;
  readonly notes: readonly string[];
}

const shownNames = 5;

/** Asks, or reads the records alone with `--offline`. The hosts of the apps are looked at as well. */
export async function surveyInputs(
  terminal: Terminal,
  options: ExposureOptions,
  inputs: InputRecords,
  subject: Subject,
): Promise<Survey> {
  if (options.offline === true) {
    const { hosts, unseen } = surveyOffline(inputs);
    const notes = unseen.map(({ count, message }) => `${message} Names: ${count}.`);
    return { hosts, resolver: 'offline', isPartial: false, notes };
  }
  return askServers(terminal, options, withApps(inputs, subject));
}

async function askServers(
  terminal: Terminal,
  { resolver }: ExposureOptions,
  inputs: InputRecords,
): Promise<Survey> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const progress = createProgress(terminal);
  process.on('SIGINT', interrupt);
  try {
    const survey = await surveyLive(inputs, {
      ...(resolver === undefined ? {} : { servers: resolver }),
      ...{ signal: interruption.signal, onProgress: progress.show },
    });
    if (survey.kind === 'no-resolver') {
      throw refuse(`${survey.server} is no name server: write an address and a port.`);
    }
    const { hosts, servers, partial, differences } = survey;
    const notes = differenceNotes(differences);
    return { hosts, resolver: servers.join(', '), isPartial: partial, notes };
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt);
  }
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
