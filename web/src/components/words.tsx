import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { Opening } from '../words/fleet.ts';
import type { LinkedWord, Sentence } from '../words/sentence.ts';
import { StateShape } from './icons.tsx';

/** A page's first sentence, with the shape of its state; a blank line until it is known. */
export function OpeningWords({ opening }: { readonly opening: Opening | null }) {
  if (opening === null) return <p className="opening">&nbsp;</p>;
  const { tone, sentences } = opening;
  return (
    <p className="opening" data-tone={tone}>
      {tone !== 'good' && <StateShape tone={tone} />}
      <span>
        {sentences.map((sentence, i) => (
          <Fragment key={i}>
            {i > 0 && ' '}
            <Words sentence={sentence} />
          </Fragment>
        ))}
      </span>
    </p>
  );
}

/** A sentence whose names are links. */
export function Words({ sentence }: { readonly sentence: Sentence }) {
  return sentence.map((part, i) => <Fragment key={i}>{typeof part === 'string' ? part : <Named word={part} />}</Fragment>);
}

function Named({ word }: { readonly word: LinkedWord }) {
  if (word.to === 'agent')
    return (
      <Link to="/agents/$agent" params={{ agent: word.name }}>
        {word.name}
      </Link>
    );
  if (word.to === 'job')
    return (
      <Link to="/jobs/$job" params={{ job: word.name }}>
        {word.name}
      </Link>
    );
  return (
    <Link to="/destinations/$destination" params={{ destination: word.name }}>
      {word.name}
    </Link>
  );
}
