// In CI the property tests draw the same values each time, so that a change is judged by what it changes. Elsewhere each
// run draws its own, and a failure prints the seed that repeats it.
import fc from 'fast-check';

if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_130 });
