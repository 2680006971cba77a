/** Labels and annotations that carry meaning between the parts of the product. */

/** On every Secret that the operator writes; such a Secret is never a source. */
export const MANAGED_LABEL = 'secretscope.dev/managed';
