using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>What <c>coordinator run</c> does when told nothing else: the mission.</summary>
internal static class RunDefaults
{
    public const string Input = "hf://datasets/HuggingFaceFW/fineweb/data/CC-MAIN-2024-10/*.parquet";
    public const string Output = "./output";
    public const string Model = ModelLocator.DefaultModel;
    public const string Keep = "int3";
    public const string Dtype = "auto";
    public const string WindowRows = "16384";
    public const string TextColumn = "text";
    public const string ScoreColumn = "score";
    public const string IntScoreColumn = "int_score";
    public const string OnExistingScore = "error";
    public const string Layout = "numbered";
    public const string Listen = "127.0.0.1:5090";
    public const string HeartbeatTimeout = "30s";
    public const string RunsFolder = "runs";
}
