"""Leaves references in the parameters as they are."""


class Run:
    def params(self):
        return OmegaConf.to_container(self.cfg)
