"""Words for how far a task is, which are no part of its name."""

from __future__ import annotations

import re

from pytest_readiness.policy.checklists.words import EMOJI

DATE = r"\d{4}(?:-\d\d?-\d\d?|/\d\d?/\d\d?|\.\d\d?\.\d\d?|年\d\d?月\d\d?日?)"
_VERBS = (
    "完成|修复|验证|执行|配置|修改|处理|确认|办|定|测试|审核|审批|审查|评审|补充|开始|启动|上线|部署|更新|跟进"
    "|解决|优化|检查|实施|实现|填写|关闭|通过|跳过|就绪|安装|创建|添加|发布|合并|准备|排期|开发"
)
_WORDS = (
    r"done|finished|completed?|fixed|closed|resolved|verified|passed|shipped|merged|deployed"
    r"|to-? ?do|wip|in[ -]progress|ongoing|started|not (?:yet )?(?:started|done)|pending|open"
    r"|blocked|skipped|failed|waiting|in review|not run|running"
    rf"|(?:已经|已|尚未|还未|未|待|正在|需要?)(?:{_VERBS})[\u4e00-\u9fff]{{0,4}}"
    rf"|(?:{_VERBS})(?:中|完成|完毕)|完成|进行中|待办|未通过|通过|跳过"
    r"|готово|сделано|выполнено|завершено|закрыто|исправлено|проверено|пропущено|открыто"
    r"|в (?:работе|процессе)|не (?:начато|готово|сделано|выполнено)|ожидает|ожидание|к исполнению"
)
_REST = (
    rf"(?:[\s,，、]*(?:on|at|by|since|until|in|于|在|от|с|日期)?[\s:：]*(?:{DATE}"
    r"|\d{1,2}:\d{2}(?::\d{2})?|UTC|\d{1,3} ?%|@[\w.-]{1,40}))*"
)
_STATUS = re.compile(rf"(?:{_WORDS})(?![A-Za-z]){_REST}", re.IGNORECASE)
_DATED = re.compile(rf"{DATE}{_REST}", re.IGNORECASE)
_TRIM = re.compile(rf"^(?:{EMOJI}|[\s*_.,;:：，；。!！~-])+|(?:{EMOJI}|[\s*_.,;:：，；。!！~-])+$")


def is_status(text: str, *, dated: bool = False) -> bool:
    """Whether a text only tells how far something is: ``done``, ``完成于 2025-09-22``.

    Args:
        text: the text.
        dated: whether a date alone tells it too, as after a mark: ``✅ 2025-09-22``.
    """
    if len(text) > 80:
        return False
    words = _TRIM.sub("", text)
    if dated and _DATED.fullmatch(words):
        return True
    return _STATUS.fullmatch(words) is not None
