/** Exit code of an agent whose credential was withdrawn: a supervisor need not start it again. */
export const REVOKED_EXIT_CODE = 3;
