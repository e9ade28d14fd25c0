import { createTheme, Menu, Modal, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const green: MantineColorsTuple = [
  "#ecf9f2",
  "#d8f1e4",
  "#b0e3c9",
  "#84d3ab",
  "#58bf8c",
  "#38a873",
  "#24905f",
  "#1b774e",
  "#17643f",
  "#104b30",
];

/** A neutral with a trace of the brand's green, for borders and surfaces in the dark scheme. */
const dark: MantineColorsTuple = [
  "#d9dfdc",
  "#b9c2be",
  "#97a29d",
  "#6c7772",
  "#3b4440",
  "#2c3431",
  "#222927",
  "#171c1a",
  "#101413",
  "#0b0e0d",
];

export const theme = createTheme({
  colors: { green, dark },
  primaryColor: "green",
  primaryShade: 7,
  black: "#16201b",
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  headings: { fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // The placeholder is an element that a menu may not contain; without it the first item gets the focus.
    Menu: Menu.extend({ defaultProps: { shadow: "md", withInitialFocusPlaceholder: false } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        closeButtonProps: { "aria-label": "Close" },
        // A second banner would compete with the page's own.
        styles: { title: { fontWeight: 650 }, content: { border: "1px solid var(--line)" } },
        attributes: { header: { role: "presentation" } },
      },
    }),
  },
});

/**
 * Mantine's variables for the page, and the ones that only this page's own styles use. Every text colour has a
 * contrast of at least 4.5 against each surface of its scheme.
 */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-dimmed": "#5a6660",
    "--mantine-color-placeholder": "#6b7771",
    "--mantine-color-default-border": "#d9dfdb",
    "--mantine-color-error": "#c02626",
    "--page": "#f5f7f5",
    "--surface": "#ffffff",
    "--surface-raised": "#f3f6f4",
    "--line": "#e1e6e3",
    "--critical": "#b4232a",
    "--critical-soft": "#fdecec",
    "--serious": "#b14a0b",
    "--serious-soft": "#fdf0e4",
    "--moderate": "#8a6100",
    "--moderate-soft": "#fbf4d9",
    "--minor": "#3c5f8f",
    "--minor-soft": "#ebf1f9",
    "--passed": "#17643f",
    "--passed-soft": "#e3f5eb",
    "--running": "#1d5fc4",
    "--running-soft": "#e6effc",
    "--idle": "#56625c",
    "--idle-soft": "#edf0ee",
    "--shadow": "0 1px 2px rgb(18 38 28 / 6%), 0 4px 16px rgb(18 38 28 / 5%)",
  },
  dark: {
    "--mantine-color-body": "#171c1a",
    "--mantine-color-text": "#e4e9e6",
    "--mantine-color-dimmed": "#9aa6a0",
    "--mantine-color-placeholder": "#8b9791",
    "--mantine-color-default-border": "#36403b",
    "--mantine-color-error": "#ff8f8f",
    "--page": "#0d1110",
    "--surface": "#151a18",
    "--surface-raised": "#1d2422",
    "--line": "#29312d",
    "--critical": "#ff9494",
    "--critical-soft": "#3a191b",
    "--serious": "#fdab6b",
    "--serious-soft": "#38220f",
    "--moderate": "#eac757",
    "--moderate-soft": "#312808",
    "--minor": "#9fc0f0",
    "--minor-soft": "#182639",
    "--passed": "#7fdcae",
    "--passed-soft": "#11301f",
    "--running": "#8fbcff",
    "--running-soft": "#14264a",
    "--idle": "#a5b0aa",
    "--idle-soft": "#232a27",
    "--shadow": "0 1px 2px rgb(0 0 0 / 40%)",
  },
});
