"""The drawings of the chapters: the module `feature_tca` draws the idea of feature/tca."""
