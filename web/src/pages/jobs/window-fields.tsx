import { Button, Checkbox, TextInput } from '@mantine/core';
import { weekdays, type TimeWindow } from '../../../../src/model/timetable/windows.ts';
import type { Problems } from '../../forms/problems.ts';

const dayNames = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' } as const;

interface WindowFieldsProps {
  readonly index: number;
  readonly window: TimeWindow;
  readonly problems: Problems;
  /** `paths`: of the fields that changed. */
  readonly onChange: (window: TimeWindow, paths: readonly string[]) => void;
  readonly onRemove: () => void;
}

/** One time of the week in which a job may run. */
export function WindowFields({ index, window, problems, onChange, onRemove }: WindowFieldsProps) {
  const path = (field: string): string => `windows[${index}].${field}`;
  return (
    <fieldset className="window">
      <legend className="visually-hidden">Window {index + 1}</legend>
      <Checkbox.Group
        label="Days"
        error={problems.at(path('days'))}
        value={[...window.days]}
        onChange={(days) => {
          onChange({ ...window, days: weekdays.filter((day) => days.includes(day)) }, [path('days')]);
        }}
      >
        <div className="days">
          {weekdays.map((day) => (
            <Checkbox key={day} size="xs" value={day} label={dayNames[day]} />
          ))}
        </div>
      </Checkbox.Group>
      <div className="pair">
        {(['from', 'to'] as const).map((field) => (
          <TextInput
            key={field}
            label={field === 'from' ? 'From' : 'To'}
            placeholder={field === 'from' ? '08:00' : '18:00'}
            inputMode="numeric"
            autoComplete="off"
            error={problems.at(path(field))}
            value={window[field]}
            onChange={(event) => {
              // A window from and to the same time is said at its end.
              onChange({ ...window, [field]: event.currentTarget.value }, [path('from'), path('to')]);
            }}
          />
        ))}
      </div>
      <div>
        <Button size="compact-xs" variant="default" aria-label={`Remove window ${index + 1}`} onClick={onRemove}>
          Remove
        </Button>
      </div>
    </fieldset>
  );
}
