namespace FineWebTorch.Fuzz.Mutation;

/// <summary>One thing that is done, or said, in a script.</summary>
/// <param name="Kind">What; the target says which there are.</param>
internal readonly record struct ScriptStep(byte Kind, byte[] Content);

/// <summary>An input that is done step by step: a byte for the kind, three for the length, the content.</summary>
internal static class Script
{
    private const int MostSteps = 64;

    /// <summary>What can be read of it.</summary>
    public static List<ScriptStep> Parse(byte[] bytes)
    {
        var steps = new List<ScriptStep>();
        for (var at = 0; at + 4 <= bytes.Length && steps.Count < MostSteps;)
        {
            var length = Math.Min(
                bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16), bytes.Length - at - 4);
            steps.Add(new ScriptStep(bytes[at], bytes[(at + 4)..(at + 4 + length)]));
            at += 4 + length;
        }

        return steps;
    }

    public static byte[] Write(IEnumerable<ScriptStep> steps) => [.. steps.SelectMany(step => (byte[])
    [
        step.Kind, (byte)step.Content.Length, (byte)(step.Content.Length >> 8), (byte)(step.Content.Length >> 16),
        .. step.Content,
    ])];

    /// <summary>Adds, takes out, moves and changes steps.</summary>
    /// <param name="sensible">A step that makes sense, to be put in.</param>
    /// <param name="change">Another content for a step, given one of another script.</param>
    public static byte[] Mutate(
        byte[] input, byte[] other, Random random, Func<Random, ScriptStep> sensible,
        Func<ScriptStep, ScriptStep, Random, ScriptStep> change)
    {
        var (steps, lent) = (Parse(input), Parse(other));
        for (var left = 1 << random.Next(3); left > 0; left--)
        {
            var at = random.Next(steps.Count + 1);
            var lends = lent.Count > 0 ? lent[random.Next(lent.Count)] : default(ScriptStep?);
            if (at == steps.Count)
                steps.Add(sensible(random));
            else
                Change(steps, at, lends ?? steps[at], random, sensible, change);
        }

        return Write(steps.Take(MostSteps));
    }

    private static void Change(
        List<ScriptStep> steps, int at, ScriptStep lent, Random random, Func<Random, ScriptStep> sensible,
        Func<ScriptStep, ScriptStep, Random, ScriptStep> change)
    {
        switch (random.Next(8))
        {
            case 0: steps.RemoveAt(at); break;
            case 1: steps.Insert(at, steps[at]); break;
            case 2: steps.Insert(at, lent); break;
            case 3: (steps[at], steps[0]) = (steps[0], steps[at]); break;
            case 4: steps.Insert(random.Next(steps.Count + 1), sensible(random)); break;
            default: steps[at] = change(steps[at], lent, random); break;
        }
    }
}
