"""The demo: three clients, six rules, ten years of real NAVs, in a database of its own."""
