import { installMissing, runProgram } from './install.mjs';

installMissing();
runProgram('scripts/startWorkbench.ts');
