/**
 * Owns: flags of the operator besides those of its Deployment. Loaded with `node --import` before it, so that the rest
 * of its command line is the one that every benchmark uses. The flags are a JSON list in BENCH_OPERATOR_FLAGS.
 */
const flags: unknown = JSON.parse(process.env['BENCH_OPERATOR_FLAGS'] ?? '[]');
if (Array.isArray(flags)) process.argv.push(...flags.map(String));
