"""How the whole is doing: facts judged as green, amber or red, each finding with its reason. No I/O."""
