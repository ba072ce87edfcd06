using FineWebTorch.Bench;
using FineWebTorch.Model;

namespace FineWebTorch.GpuSpeed;

/// <summary>What the 16-bit types cost in exactness: scores beside our own in fp32 on the same device.</summary>
internal sealed class DtypeErrors(ComputeDevice device, IReadOnlyList<string> texts)
{
    public IEnumerable<BenchRow> Rows(string name, string modelFolder)
    {
        var subject = $"largest difference from fp32 on {texts.Count} documents";
        var half = device.SupportedDtypes.Where(dtype => dtype != ModelDtype.Float32).Order().ToList();
        if (half.Count == 0)
        {
            yield return BenchRow.Skipped(subject, name, $"{device} computes in fp32 alone");
            yield break;
        }
        var exact = Score(modelFolder, ModelDtype.Float32);
        foreach (var dtype in half)
        {
            var errors = ScoreErrors.Between(Score(modelFolder, dtype), exact);
            yield return BenchRow.Of(
                subject, name, $"ours, {ModelDtypes.Name(dtype)}", "", Statistics.Of([errors.Largest])) with
            {
                Note = errors.ToString(),
            };
        }
    }

    private float[] Score(string modelFolder, ModelDtype dtype)
    {
        using var classifier = EduClassifier.Load(modelFolder, device, dtype);
        return TextScorer.Score(classifier, texts);
    }
}
