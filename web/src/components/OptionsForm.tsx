import { Stack } from '@mantine/core';

import type { Option } from '../api/schema.gen';
import { chosen, formOptions, mask, optionIn, type OptionValues } from './options';
import { OptionInput } from './OptionInput';

interface Props {
  options: Option[];
  values: OptionValues;
  onChange: (values: OptionValues) => void;
  /** errors are what is wrong, by the name of the option. */
  errors?: Record<string, string>;
  /** stored is the spec that the server has, its secrets masked: those stay unless one types another. */
  stored?: OptionValues;
  readOnly?: boolean;
}

/**
 * OptionsForm is the form that a kind of sources or destinations declares. Values that it has no
 * option for are left as they are.
 */
export function OptionsForm({ options, values, onChange, errors = {}, stored, readOnly = false }: Props) {
  return (
    <Stack gap="md">
      {formOptions(options, values, stored).map((o) => (
        <OptionInput
          key={o.name}
          option={o}
          value={optionIn(values, o.name)}
          onChange={(value) => onChange(chosen(options, values, o.name, value))}
          error={errors[o.name]}
          stored={stored?.[o.name] === mask}
          readOnly={readOnly}
        />
      ))}
    </Stack>
  );
}
