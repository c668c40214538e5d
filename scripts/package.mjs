import { installMissing, runProgram } from './install.mjs';

installMissing();
runProgram('scripts/package.ts');
