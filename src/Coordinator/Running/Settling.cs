using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Scheduling;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Running;

/// <summary>
/// What the options leave open, precision and token budget, is that of the best worker among the first: a CPU that comes
/// before the GPUs must not bind them. Until then nobody is given work.
/// </summary>
internal sealed class Settling
{
    private readonly RunSpec _spec;
    private readonly RunState _state;
    private readonly Outbox _outbox;
    private TimeSpan? _until;

    public Settling(RunRecord run, RunSpec spec, RunState state, Outbox outbox)
    {
        (_spec, _state, _outbox) = (spec, state, outbox);
        (Run, Description) = (run, Messages.Describe(run, spec));
        state.IsSettled = Admission.IsSettled(run);
    }

    public RunRecord Run { get; private set; }

    /// <summary>The run in the protocol's words.</summary>
    public RunDescription Description { get; private set; }

    /// <summary>When it will be known; null while nobody has come, and once it is.</summary>
    public TimeSpan? Until => _state.IsSettled ? null : _until;

    /// <summary>Settles what is open once the time has come, or when nothing better can come.</summary>
    /// <param name="workers">In session, the first to come in front.</param>
    /// <returns>Whether it has been settled just now: everyone has to be told.</returns>
    public bool Settle(IEnumerable<RunWorker> workers, TimeSpan now)
    {
        if (_state.IsSettled || workers.MaxBy(worker => Admission.Rank(worker.Hello)) is not { } best)
            return false;
        if (_until is null)
            Begin(best, now);
        if (now < _until && !Admission.IsBest(best.Hello))
            return false;
        Run = Admission.Settle(Run, best.Hello);
        Description = Messages.Describe(Run, _spec);
        _state.IsSettled = true;
        _outbox.Change(new LedgerChange.PrecisionFixed(Run.Dtype, Run.TokenBudget));
        _outbox.Tell(new RunEvent.PrecisionFixed(Dtypes.Name(Run.Dtype), Run.TokenBudget, best.Name));
        return true;
    }

    private void Begin(RunWorker first, TimeSpan now)
    {
        _until = now + _state.Options.Settle;
        if (_state.Options.Settle > TimeSpan.Zero && !Admission.IsBest(first.Hello))
            _outbox.Tell(new RunEvent.Settling(first.Name, first.DeviceName, _state.Options.Settle.TotalSeconds));
    }
}
