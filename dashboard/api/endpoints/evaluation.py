"""Asking the rules: facts in, code and trace out, nothing stored."""

from ninja import Router

from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.problems import FieldError, Kind, Problem
from dashboard.api.requests import ApiRequest
from dashboard.api.schemas.evaluation import Asked, EvaluateIn, Evaluation, Tried
from dashboard.api.schemas.fields import Named
from wrapups.domain.answers import answers, findings
from wrapups.domain.decision_sentences import decision_sentences, trial_sentence, why_not_sentences
from wrapups.domain.facts import Facts
from wrapups.domain.matching import Finding
from wrapups.domain.rules import Trial
from wrapups.domain.scopes import Scope
from wrapups.domain.sentences import Sentence, condition_sentence
from wrapups.services.evaluating import NoRelease, evaluate, unusable
from wrapups.services.explaining import CatalogueNames

router = Router(tags=["Evaluation"])


@router.post("/evaluate", auth=ApiKeyAuth(Scope.EVALUATE), response=Evaluation, url_name="api-evaluate")
def evaluate_facts(request: ApiRequest, told: EvaluateIn) -> Evaluation:
    """Ask which code the rules choose for these facts, and why: the engine's own decision, of which nothing is stored.

    Only the rules speak. Policies (campaigns, codes that are there already) and whether the queue offers the code
    are settled when there is a conversation.
    """
    facts: Facts = {name: value for name, value in told.facts.items() if value is not None}
    if wrong := unusable(facts):
        raise Problem(Kind.INVALID, errors=[FieldError(f"facts.{each.where}", each.reason) for each in wrong])
    try:
        release, decision = evaluate(request.organization, facts, number=told.release)
    except NoRelease as error:
        raise Problem(Kind.NOT_FOUND, str(error)) from error
    names = CatalogueNames(request.organization)
    rule = decision.rule
    why = decision_sentences(decision, names) + why_not_sentences(decision, names)
    return Evaluation(
        release=release.number,
        code=Named(id=rule.code_id, name=names("code", rule.code_id)) if rule else None,
        rule=rule.name if rule else None,
        line=rule.position if rule else None,
        because=[_plain(sentence) for sentence in why],
        trace=[_tried(trial, names, facts if told.conditions else None) for trial in decision.trials],
    )


def _tried(trial: Trial, names: CatalogueNames, facts: Facts | None) -> Tried:
    """Return a rule that was tried; with facts, with each of its conditions."""
    return Tried(
        line=trial.rule.position,
        rule=trial.rule.name,
        matched=trial.matched,
        because=_plain(trial_sentence(trial, names)),
        conditions=None
        if facts is None
        else [_asked(each, names) for each in findings(answers(trial.rule.when, facts))],
    )


def _asked(finding: Finding, names: CatalogueNames) -> Asked:
    said = _plain(condition_sentence(finding.condition, names))
    return Asked(condition=said, seen=finding.seen, held=finding.held)


def _plain(sentence: Sentence) -> str:
    return "".join(part.text for part in sentence)
