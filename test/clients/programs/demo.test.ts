import { startProcess } from '../../support/process.ts';
import { describePrograms } from './describe-programs.ts';

describePrograms({
  place: 'the demo',
  start: () => startProcess({ args: ['--demo'] }),
  answer: /a practice model of Laneway/,
});
