using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Protos.V1;
using ModelKeepRule = FineWebTorch.Model.KeepRule;

namespace FineWebTorch.Coordinator.Running;

/// <summary>A run in the protocol's words.</summary>
internal static class RunDescriptions
{
    public static RunDescription Describe(RunRecord run, RunIdentity identity) => new()
    {
        RunId = run.RunId,
        Model = Describe(run.Model),
        Dtype = run.Dtype,
        TokenBudget = (uint)run.TokenBudget,
        WindowRows = (uint)identity.WindowRows,
        TextColumn = identity.TextColumn,
        RowsPerFile = (ulong)identity.RowsPerFile,
        Keep = Describe(identity.Keep),
        ScoreColumn = identity.ScoreColumn,
        IntScoreColumn = identity.IntScoreColumn,
        ReplaceScoreColumns = identity.ReplaceScoreColumns,
    };

    public static InputFile Describe(FileRecord file) => new()
    {
        Index = (uint)file.Index,
        Name = file.Name,
        Path = file.Path,
        Size = (ulong)file.Size,
        Sha256 = file.Sha256 ?? "",
        Rows = (ulong)file.Rows,
    };

    private static ModelDescription Describe(ModelRecord model)
    {
        var description = new ModelDescription
        {
            Id = model.Id,
            Revision = model.Revision,
            Path = model.Path,
            Digest = model.Digest,
        };
        description.Files.AddRange(model.Files.Select(file => new ModelFile
        {
            Name = file.Name,
            Size = (ulong)file.Size,
            Sha256 = file.Sha256,
        }));
        return description;
    }

    private static KeepRule Describe(ModelKeepRule keep) => keep switch
    {
        ModelKeepRule.Int3 => KeepRule.Int3,
        ModelKeepRule.Raw3 => KeepRule.Raw3,
        ModelKeepRule.Raw25 => KeepRule.Raw25,
        ModelKeepRule.All => KeepRule.All,
        _ => throw new ArgumentOutOfRangeException(nameof(keep), keep, null),
    };
}
