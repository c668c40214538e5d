import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { html, nothing, type TemplateResult } from 'lit-html';
import { icon, type IconName } from './icons.ts';

/**
 * The widgets of the panel. The only file that knows the toolkit, whose elements have a prefix of our own so that another toolkit
 * can take over.
 */
export function registerWidgets(): void {
  provideVSCodeDesignSystem().withPrefix('normscope').register(vsCodeButton(), vsCodeTextField());
}

export interface ButtonOptions {
  readonly label: string;
  readonly title: string;
  readonly icon: IconName;
  readonly primary?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  /** For tests and style sheets. */
  readonly name: string;
}

/** A button with an icon and a label. */
export function button(options: ButtonOptions): TemplateResult {
  return html`<normscope-button
    data-action=${options.name}
    appearance=${options.primary === true ? 'primary' : 'secondary'}
    title=${options.title}
    aria-label=${`${options.label}: ${options.title}`}
    ?disabled=${options.disabled === true}
    @click=${options.onClick}
    >${icon(options.icon, 'start')}${options.label}</normscope-button
  >`;
}

/** A button with an icon alone; `title` says what it does. */
export function iconButton(
  name: IconName,
  title: string,
  onClick: () => void,
  disabled = false,
): TemplateResult {
  return html`<normscope-button
    appearance="icon"
    data-action=${name}
    title=${title}
    aria-label=${title}
    ?disabled=${disabled}
    @click=${onClick}
    >${icon(name)}</normscope-button
  >`;
}

export interface TextFieldOptions {
  readonly label: string;
  readonly value: string;
  /** Said when the value cannot be used. */
  readonly problem?: string | undefined;
  readonly disabled?: boolean;
  readonly size: number;
  readonly onInput: (value: string) => void;
  /** The Enter key. */
  readonly onEnter: () => void;
}

function valueOf(event: Event): string {
  const { target } = event;
  return target instanceof HTMLElement && 'value' in target && typeof target.value === 'string'
    ? target.value
    : '';
}

/** A short text field without a visible label: what stands in the element becomes its name, and the style sheet hides it. */
export function textField(options: TextFieldOptions): TemplateResult {
  return html`<normscope-text-field
    size=${options.size}
    .value=${options.value}
    aria-label=${options.label}
    aria-invalid=${options.problem === undefined ? nothing : 'true'}
    title=${options.problem ?? options.label}
    ?disabled=${options.disabled === true}
    @input=${(event: Event) => options.onInput(valueOf(event))}
    @keydown=${(event: KeyboardEvent) => {
      if (event.key === 'Enter') options.onEnter();
    }}
    >${options.label}</normscope-text-field
  >`;
}
