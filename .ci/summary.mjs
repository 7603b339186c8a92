// Sums the runners' own reports into the closing line. A suite that could not even start counts as a failure.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const [folder] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of existsSync(folder) ? readdirSync(folder) : []) {
  const report = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
  sum.passed += report.numPassedTests ?? 0;
  sum.failed += (report.numFailedTests ?? 0) + (report.numRuntimeErrorTestSuites ?? 0);
  sum.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0) + (report.skipped ?? 0);
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
