import Mocha from 'mocha';
import { createResultReporter } from './resultReporter.ts';

const ResultReporter = createResultReporter(Mocha);

// Mocha takes the reporter that its configuration names from the default export of a file.
export { ResultReporter as default };
