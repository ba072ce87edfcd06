using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Web;

/// <summary>What does not change of a run while it goes on.</summary>
/// <param name="command">That goes on with it after an end.</param>
/// <param name="mayAct">What is sent cannot be read by others on the way.</param>
internal sealed class RunFacts(RunCore core, string runFolder, string command, double? pricePerHour, bool mayAct)
{
    public bool MayAct => mayAct;

    /// <param name="token">See <see cref="WatchAccess.TokenOf"/>.</param>
    public object Describe(string token)
    {
        var (run, keep) = (core.Run, core.Spec.Keep);
        return new
        {
            Name = Path.GetFileName(runFolder),
            RunFolder = runFolder,
            run.RunId,
            Model = run.Model.Id,
            Revision = run.Model.Revision.Length > 0 ? run.Model.Revision : null,
            Dtype = Dtypes.Name(run.Dtype),
            Version = run.ProgramVersion,
            Input = core.Spec.Input,
            Output = core.Spec.Output,
            Command = command,
            run.Options,
            Keep = keep.ToString(),
            Threshold = keep.LowestScore,
            PricePerHour = pricePerHour,
            Csrf = token,
            CanAct = MayAct,
        };
    }
}
