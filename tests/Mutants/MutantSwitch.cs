using System.Reflection;

namespace FineWebTorch.Mutants;

/// <summary>What Stryker compiles into a mutated assembly: which mutant is on, and which were reached.</summary>
public sealed class MutantSwitch
{
    private const int None = -1;
    private readonly FieldInfo _active;
    private readonly FieldInfo _capture;
    private readonly MethodInfo _take;

    private MutantSwitch(Type control)
    {
        _active = control.GetField("ActiveMutant")!;
        _capture = control.GetField("CaptureCoverage")!;
        _take = control.GetMethod("GetCoverageData")!;
    }

    public static MutantSwitch Of(Assembly mutated) =>
        new(mutated.GetTypes().Single(type => type.Name == "MutantControl"));

    public void TurnOn(int mutant) => _active.SetValue(null, mutant);

    public void TurnOff() => _active.SetValue(null, None);

    /// <summary>From here on mutants that are reached are noted and none is on, or no longer.</summary>
    public void Capture(bool isOn) => _capture.SetValue(null, isOn);

    /// <summary>What was reached since the last call.</summary>
    public int[] TakeReached()
    {
        var lists = (IList<int>[])_take.Invoke(null, null)!;
        // Copied first: what a test has left behind may still add to it.
        return [.. lists[0].ToArray().Order()];
    }
}
