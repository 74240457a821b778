import * as z from 'zod';

// The content security policy forbids eval, which zod tries while a schema is built: so before any schema is, and
// therefore as the first import of main.
z.config({ jitless: true });
