import { useEffect } from 'react';

/** Names the window for tabs, history and those who listen. */
export function useTitle(page: string): void {
  useEffect(() => {
    document.title = `${page} – Tachograph`;
  }, [page]);
}
