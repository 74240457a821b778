import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { signIn } from '../../api/changes.ts';
import { queryKeys } from '../../api/queries.ts';
import { StateShape } from '../../components/icons.tsx';
import { useTitle } from '../../components/use-title.ts';
import { useServices } from '../../services.tsx';
import { linkIn } from './one-time-link.ts';

interface LoginPageProps {
  /** The session ended while the page was open. */
  readonly ended: boolean;
  /** Where to go once signed in. */
  readonly next: string;
}

export function LoginPage({ ended, next }: LoginPageProps) {
  useTitle('Sign in');
  const { client } = useServices();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const hash = useLocation({ select: (location) => location.hash });
  const taken = useRef<string | null>(null);
  const [pasted, setPasted] = useState('');
  const entering = useMutation({
    mutationFn: (link: string) => signIn(client, link),
    onSuccess: (session) => {
      cache.clear();
      cache.setQueryData(queryKeys.session, session);
      void navigate({ to: next, replace: true });
    },
  });
  const { mutate } = entering;

  useEffect(() => {
    const link = linkIn(hash);
    if (link === null || link === taken.current) return;
    taken.current = link;
    // The link is a secret: it leaves the address bar and the history before it is used.
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    mutate(link);
  }, [hash, mutate]);

  const typed = linkIn(pasted);
  return (
    <main className="login">
      <div className="login-box">
        <p className="brand">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          <span>Tachograph</span>
        </p>
        <h1>Sign in</h1>
        {ended && !entering.isError && <p>Your session is over. Sign in again to go on where you were.</p>}
        {entering.isError && <Refusal error={entering.error} />}
        <p>
          Open the one-time link that the server printed when it started. On the server's machine, <code>tacho login-link</code> makes another.
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (typed !== null) mutate(typed);
          }}
        >
          <TextInput
            label="Or paste the link here"
            type="password"
            autoComplete="off"
            value={pasted}
            error={pasted !== '' && typed === null ? 'This is not a one-time link: expected one that holds tacho_l_ and what follows.' : null}
            onChange={(event) => {
              setPasted(event.currentTarget.value);
            }}
          />
          <Button type="submit" mt="sm" disabled={typed === null} loading={entering.isPending}>
            Sign in
          </Button>
        </form>
      </div>
    </main>
  );
}

function Refusal({ error }: { readonly error: Error }) {
  const used = error instanceof ApiError && (error.status === 401 || error.status === 410);
  return (
    <div className="notice tone-bad" role="alert">
      <StateShape tone="bad" />
      <p>
        {used ? (
          <>
            This link was used already or has expired. <code>tacho login-link</code> makes another.
          </>
        ) : (
          <>Could not sign in: {error.message}.</>
        )}
      </p>
    </div>
  );
}
