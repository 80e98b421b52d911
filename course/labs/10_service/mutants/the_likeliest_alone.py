"""Gives the probability of the predicted label only."""


class ServedModel:
    def _each(self, found):
        for number, said in enumerate(found.predictions):
            answer = {"prediction": said}
            if found.probabilities is not None:
                answer["probabilities"] = {str(said): float(found.probabilities[number].max())}
            elif self.margin is not None:
                answer["interval"] = [said - self.margin, said + self.margin]
            yield answer
