using FineWebTorch.Fuzz.Engine;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>Everything here that reads what strangers write.</summary>
internal static class AllTargets
{
    /// <summary>The CPU kernels: a program of its own, see native/kernels_fuzz.cpp.</summary>
    public const string Kernels = "kernels";

    private static readonly Dictionary<string, Func<FuzzTarget>> Makers = new(StringComparer.Ordinal)
    {
        ["worker-messages"] = () => new WorkerMessagesTarget(),
        ["worker-calls"] = () => new WorkerCallsTarget(),
        ["coordinator-messages"] = () => new CoordinatorMessagesTarget(),
        ["join"] = () => new JoinTarget(),
        ["parquet-footer"] = () => new ParquetTarget(isFooter: true),
        ["parquet-pages"] = () => new ParquetTarget(isFooter: false),
        ["hub-answers"] = () => new HubTarget(),
        ["card"] = () => new CardTarget(),
        ["documents"] = () => new DocumentsTarget(),
        ["safetensors"] = () => new SafetensorsTarget(),
        ["config-json"] = ModelFileTarget.Config,
        ["tokenizer-json"] = ModelFileTarget.Tokenizer,
        ["tokenizer-config-json"] = ModelFileTarget.TokenizerConfig,
        ["vocab-txt"] = ModelFileTarget.Vocabulary,
        ["weights-index"] = ModelFileTarget.WeightIndex,
    };

    public static IEnumerable<string> Names => Makers.Keys.Append(Kernels);

    public static FuzzTarget Make(string name) => Makers[name]();
}
