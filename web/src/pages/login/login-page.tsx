import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { signIn, type SignInBy } from '../../api/changes.ts';
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
  const { client, queries } = useServices();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const hash = useLocation({ select: (location) => location.hash });
  const taken = useRef<string | null>(null);
  const hasPassword = useQuery(queries.waysIn()).data?.password === true;
  const [password, setPassword] = useState('');
  const [pasted, setPasted] = useState('');
  const entering = useMutation({
    mutationFn: (by: SignInBy) => signIn(client, by),
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
    mutate({ link });
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
        {entering.isError && <Refusal error={entering.error} by={entering.variables} />}
        {hasPassword && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              mutate({ password });
            }}
          >
            <TextInput
              label="Password"
              type="password"
              autoComplete="current-password"
              autoFocus
              value={password}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
              }}
            />
            <Button type="submit" mt="sm" disabled={password === ''} loading={entering.isPending && 'password' in entering.variables}>
              Sign in
            </Button>
          </form>
        )}
        <p>
          {hasPassword && 'Without the password: '}
          {hasPassword ? 'open' : 'Open'} the one-time link that the server printed when it started. On the server's machine,{' '}
          <code>tacho login-link</code> makes another.
        </p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (typed !== null) mutate({ link: typed });
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
          <Button
            type="submit"
            mt="sm"
            variant={hasPassword ? 'default' : 'filled'}
            disabled={typed === null}
            loading={entering.isPending && 'link' in entering.variables}
          >
            {hasPassword ? 'Sign in by the link' : 'Sign in'}
          </Button>
        </form>
      </div>
    </main>
  );
}

function Refusal({ error, by }: { readonly error: Error; readonly by: SignInBy }) {
  const used = 'link' in by && error instanceof ApiError && (error.status === 401 || error.status === 410);
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
