"""The films of the chapters: the module `feature_tca` is what feature/tca shows moving."""
