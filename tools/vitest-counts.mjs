/**
 * What a vitest run counts as, from its json report (null when it wrote none) and its exit code. A test file that
 * could not be loaded counts as one failure, and so does a run that failed without saying where: a failure must
 * never be reported as nothing.
 */
export function countVitest(report, exitCode) {
  if (report === null) return { passed: 0, failed: 1 };
  const unloadable = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + unloadable.length;
  const isUnexplained = failed === 0 && exitCode !== 0;
  return { passed: report.numPassedTests, failed: isUnexplained ? 1 : failed };
}
