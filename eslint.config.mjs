import stylistic from "@stylistic/eslint-plugin";
import globals from "globals";
import tseslint from "typescript-eslint";

const upstream = {
  selectors: ["error",
    { selector: "NewExpression[callee.property.name='Config']", message: "read stack config in environments/config.ts" },
    { selector: "CallExpression[callee.property.name='getStack']", message: "never branch on the stack's name; names come from infra/names.ts" },
  ],
  only: (regex, message) => ["error", { patterns: [{ regex, message }] }],
};

export default tseslint.config(
  { ignores: ["**/node_modules/", "service/dist/", "plans/", ".twin/"] },
  ...tseslint.configs.recommended,
  {
    plugins: { "@stylistic": stylistic },
    languageOptions: { globals: globals.node },
    rules: {
      "@stylistic/indent": ["error", 2],
      "@stylistic/quotes": ["error", "double", { avoidEscape: true }],
      "@stylistic/semi": "error",
      "@stylistic/comma-dangle": ["error", "always-multiline"],
      "@stylistic/max-len": ["error", { code: 120, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreUrls: true }],
      "@stylistic/eol-last": "error",
      "@stylistic/no-trailing-spaces": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "no-restricted-syntax": upstream.selectors,
      "no-console": "error",
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
      "max-lines": ["error", { max: 200, skipComments: true, skipBlankLines: true }],
    },
  },
  { files: ["environments/config.ts", "infra/names.ts", "bootstrap/config.ts"], rules: { "no-restricted-syntax": "off" } },
  {
    files: ["environments/**"],
    rules: {
      "no-restricted-imports": upstream.only("/(infra|service|offline)/", "environments/ is upstream of everything"),
    },
  },
  {
    files: ["infra/**"],
    rules: {
      "no-restricted-imports": upstream.only(
        "/(service|offline|policy)/|/environments(?!/settings$)",
        "infra/ may know only the shape of the settings",
      ),
    },
  },
  {
    files: ["index.ts"],
    rules: { "no-restricted-imports": upstream.only("/(offline|policy|service|test)/", "the program knows nothing downstream of it") },
  },
  {
    files: ["bootstrap/**"],
    rules: {
      "no-restricted-imports": upstream.only(
        "\\.\\./(infra|service|policy|test)(/|$)|/offline/(?!stack-file$)",
        "what prepares an account knows of the program its settings and its stack files",
      ),
    },
  },
  {
    files: ["policy/**"],
    rules: {
      "no-restricted-imports": upstream.only(
        "/(infra|environments|offline|service|test)(/|$)",
        "the policies judge resources, whoever makes them",
      ),
    },
  },
  {
    files: ["service/test/**", "service/bench/**"],
    rules: {
      "no-restricted-imports": upstream.only(
        "/(infra|environments)/|/offline/(?!stand-ins/)|^@pulumi/",
        "the service's tests know of the rest the stand-ins only",
      ),
    },
  },
  {
    files: ["service/src/**"],
    rules: { "no-restricted-imports": upstream.only("/(infra|environments|offline)/|^@pulumi/", "the service knows nothing of Pulumi") },
  },
  {
    files: ["offline/stand-ins/**"],
    rules: {
      "no-restricted-imports": upstream.only(
        "^@pulumi/|^\\.\\./",
        "stand-ins know neither Pulumi nor the program",
      ),
    },
  },
  // Pulumi's protocol has no types that are worth having: what crosses it is `any`.
  { files: ["offline/answers.ts", "offline/record.ts", "test/engine/**"], rules: { "@typescript-eslint/no-explicit-any": "off" } },
  // What these write is what a person reads.
  { files: ["delivery/**", "ops/**", "offline/write-*.ts", "offline/prelude.cjs", "offline/twin/**", "test/**"], rules: { "no-console": "off" } },
  { files: ["**/*.cjs"], languageOptions: { sourceType: "commonjs" }, rules: { "no-var": "off", "@typescript-eslint/no-require-imports": "off" } },
  // A table of data and a suite of tests are as long as they are.
  { files: ["**/test/**", "offline/answers.ts"], rules: { "max-lines": "off", "max-lines-per-function": "off" } },
);
