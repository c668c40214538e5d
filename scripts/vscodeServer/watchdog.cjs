// Stands in for the native module of the same name, whose npm package holds no binary: ends this
// process once the one that it watches is gone.
'use strict';

const parentIsGone = 87;

exports.start = (pid) => {
  const timer = setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (error.code === 'ESRCH') process.exit(parentIsGone);
    }
  }, 1000);
  timer.unref();
};
exports.exit = (code) => process.exit(code ?? 0);
