// The rules of html-validate for whole documents, with the theme's own exceptions.
module.exports = {
  root: true,
  extends: ["html-validate:document"],
  rules: {
    // Integrity hashes guard what other hosts serve; these pages load nothing from another host.
    "require-sri": ["error", { target: "crossorigin" }],
  },
};
