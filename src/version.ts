/** The product's version, as package.json has it; test/architecture.test.ts holds the two together. */
export const VERSION = '0.1.0';
