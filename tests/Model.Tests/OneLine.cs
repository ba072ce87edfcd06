namespace FineWebTorch.Model.Tests;

internal static class OneLine
{
    /// <summary>Asserts that an error is one line that names all of this, and returns it.</summary>
    public static T Names<T>(T error, params string[] parts) where T : Exception
    {
        Names(error.Message, parts);
        return error;
    }

    /// <inheritdoc cref="Names{T}"/>
    public static void Names(string line, params string[] parts)
    {
        Assert.DoesNotContain('\n', line);
        Assert.InRange(line.Length, 20, 400);
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
    }
}
