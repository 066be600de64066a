import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../packages/cli/src/program.ts';
import { eventReasonFaults } from './doc-event-reasons.ts';
import { exampleComplaints, readExamples } from './doc-examples.ts';
import { missingInstalls } from './doc-installs.ts';
import { brokenLinks } from './doc-links.ts';
import { commandDifferences, eventDifferences, variableDifferences } from './doc-names.ts';
import { optionDifferences } from './doc-options.ts';
import { brokenCommentPaths, brokenPagePaths } from './doc-paths.ts';
import { snippetComplaints } from './doc-snippets.ts';
import { subpathDifferences } from './doc-subpaths.ts';
import { readPages } from './markdown.ts';

/**
 * What in the documentation is not so: links and paths that lead nowhere, code that does not compile or needs a package that its
 * page does not install, options, variables, events and their reasons, commands and imports that are missing or gone; and the same for the
 * examples in comments of the packages. Empty when all is well.
 */
function findFaults(root: string): string[] {
  const pages = readPages(root);
  const examples = readExamples(root);
  const page = (file: string): string => readFileSync(join(root, file), 'utf8');
  const configuration = page('docs/configuration.md');
  const nobody = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  return [
    ...brokenLinks(root, pages),
    ...brokenPagePaths(root, 'ARCHITECTURE.md', page('ARCHITECTURE.md')),
    ...brokenCommentPaths(root),
    ...optionDifferences(root, configuration),
    ...variableDifferences(root, configuration),
    ...eventDifferences(root, page('docs/events.md')),
    ...eventReasonFaults(root, page('docs/events.md')),
    ...commandDifferences(createProgram({ ...nobody, environment: {} }, ''), page('docs/cli.md')),
    ...subpathDifferences(root, pages),
    ...missingInstalls(pages),
    ...exampleComplaints(root, examples),
    ...snippetComplaints(root, [...pages, ...examples]),
  ];
}

const faults = findFaults(process.cwd());
for (const line of faults) console.error(line);
console.log(
  faults.length === 0 ? 'The documentation says what is so.' : `${faults.length} faults.`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
