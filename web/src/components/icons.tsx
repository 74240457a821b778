import type { ReactNode } from 'react';
import type { StateTone } from '../../../src/charts/theme.ts';

interface IconProps {
  readonly children: ReactNode;
}

/** A line icon beside words or in a labelled button: never read aloud. */
function Icon({ children }: IconProps) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** The shape of a state: told apart without colour. */
export function StateShape({ tone }: { readonly tone: StateTone }) {
  return (
    <svg className={`shape tone-${tone}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false">
      {SHAPES[tone]}
    </svg>
  );
}

const SHAPES: Readonly<Record<StateTone, ReactNode>> = {
  good: <circle cx="6" cy="6" r="4" fill="currentColor" />,
  attention: <path d="M6 1.2 11.4 10.8H.6Z" fill="currentColor" />,
  bad: <path d="M2.2 2.2 9.8 9.8M9.8 2.2 2.2 9.8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  unknown: (
    <g stroke="currentColor" strokeWidth="1.2" fill="none">
      <circle cx="6" cy="6" r="4.4" />
      <path d="M2.6 7.4 7.4 2.6M4.6 9.4 9.4 4.6" />
    </g>
  ),
};

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;

export function OverviewIcon() {
  return (
    <Icon>
      <path d="M2 9.5h2.5L6 4l3 8.5 2-5 1 2h2" {...line} />
    </Icon>
  );
}

export function DestinationIcon() {
  return (
    <Icon>
      <g {...line}>
        <circle cx="8" cy="8" r="5.5" />
        <circle cx="8" cy="8" r="1.5" />
      </g>
    </Icon>
  );
}

export function AgentIcon() {
  return (
    <Icon>
      <g {...line}>
        <rect x="2.5" y="3" width="11" height="4" rx="1" />
        <rect x="2.5" y="9" width="11" height="4" rx="1" />
        <path d="M5 5h.01M5 11h.01" />
      </g>
    </Icon>
  );
}

export function JobIcon() {
  return (
    <Icon>
      <g {...line}>
        <circle cx="8" cy="8" r="5.5" />
        <path d="M8 4.8V8l2.2 1.6" />
      </g>
    </Icon>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M8 3.5v9M3.5 8h9" {...line} />
    </Icon>
  );
}

export function PauseIcon() {
  return (
    <Icon>
      <path d="M5.5 3.5v9M10.5 3.5v9" {...line} strokeWidth={2} />
    </Icon>
  );
}

export function PlayIcon() {
  return (
    <Icon>
      <path d="M5 3.5v9l7.5-4.5Z" fill="currentColor" />
    </Icon>
  );
}

export function SunIcon() {
  return (
    <Icon>
      <g {...line}>
        <circle cx="8" cy="8" r="2.75" />
        <path d="M8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1" />
      </g>
    </Icon>
  );
}

export function MoonIcon() {
  return (
    <Icon>
      <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6Z" {...line} />
    </Icon>
  );
}

export function SystemIcon() {
  return (
    <Icon>
      <g {...line}>
        <rect x="2" y="3" width="12" height="8" rx="1" />
        <path d="M6 13.5h4" />
      </g>
    </Icon>
  );
}

export function SignOutIcon() {
  return (
    <Icon>
      <path d="M9.5 2.5h-6v11h6M7 8h7M11.5 5.5 14 8l-2.5 2.5" {...line} />
    </Icon>
  );
}
