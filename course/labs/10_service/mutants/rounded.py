"""Rounds probabilities, and leaves intervals out."""


class ServedModel:
    def _each(self, found):
        names = [str(label) for label in self.runtime.classes or []]
        for number, said in enumerate(found.predictions):
            answer = {"prediction": said}
            if found.probabilities is not None:
                chances = [round(chance, 2) for chance in found.probabilities[number].tolist()]
                answer["probabilities"] = dict(zip(names, chances, strict=True))
            yield answer
