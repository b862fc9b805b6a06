// PoS V10, timing rules: for one request, from the look-up of the name to the answer's last byte.
export const POST_TIME_LIMIT_MS = 2_000;
export const GET_TIME_LIMIT_MS = 500;
/** Requests in all, where a call may be retried. */
export const ATTEMPTS = 3;
