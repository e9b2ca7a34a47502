from processor.decisions.session import Session
def assess_due(session: Session) -> None:
    return None
